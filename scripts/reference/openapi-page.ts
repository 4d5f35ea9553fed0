import { Broker } from '../../packages/core/src/index.ts';
import { httpLimits, Webhooks } from '../../packages/head-http/src/index.ts';
import { openWatching } from '../../packages/server/src/activity/open-watching.ts';
import { openAudit } from '../../packages/server/src/audit/open-audit.ts';
import { Principals } from '../../packages/server/src/authorization/principals.ts';
import { EventLoopTurn } from '../../packages/server/src/event-loop-turn.ts';
import { EventHistory } from '../../packages/server/src/events/event-history.ts';
import { buildHttpApi } from '../../packages/server/src/http/http-api.ts';
import { Authenticator } from '../../packages/server/src/identity/authenticator.ts';
import { TokenUses } from '../../packages/server/src/identity/token-uses.ts';
import { LogParts } from '../../packages/server/src/log-parts.ts';
import { createLogger } from '../../packages/server/src/logger.ts';
import { openMonitoring } from '../../packages/server/src/monitoring.ts';
import { openResources } from '../../packages/server/src/resources/open-resources.ts';

/** docs/reference/openapi.json: what a server answers at /openapi.json. No port is opened for it. */
export async function openapiPage(): Promise<string> {
  const turn = new EventLoopTurn();
  const report = (): void => {};
  const broker = new Broker({ turn, report, autoCreate: true, addressesMax: 1, randomName: () => 'none' });
  const resources = openResources({
    broker,
    report,
    containerId: 'none',
    endpoints: () => ({}),
    connections: () => [],
    connectors: () => undefined,
    tokenUses: new TokenUses(),
    onSpaceEnd: report,
  });
  const principals = new Principals(broker);
  const audit = openAudit('none', report);
  using events = new EventHistory();
  using monitoring = openMonitoring({
    broker,
    configuration: { metricsOpen: false, metricsSpacesMax: 0, metricsAddressesMax: 0 },
    logParts: new LogParts(createLogger({ level: 'silent', format: 'json' })),
    events,
    audit,
    endpoints: { listening: new Map(), handshakes: new Map(), certificates: [] },
    authenticationFailures: () => 0,
    connections: () => new Map(),
    census: async () => new Map(),
    connectors: () => undefined,
    phase: () => 'ready',
    turnSeconds: turn.seconds,
    logPath: 'none',
  });
  const webhooks = new Webhooks({ broker, turn, report, limits: httpLimits(), allowPrivate: false });
  const watching = openWatching({
    broker,
    connections: { holders: () => [] },
    requests: { requestLinks: () => [] },
    webhooks,
    connectors: () => undefined,
    certificates: () => [],
  });
  const app = await buildHttpApi({
    broker,
    principals,
    webhooks,
    authenticator: new Authenticator({
      broker,
      principals,
      turn,
      report,
      secret: new Uint8Array(),
      users: new Map(),
      allowAnonymous: false,
      spaceDomain: '',
      sessionTimes: { idleMs: 0, lifetimeMs: 0 },
    }),
    connections: { list: () => [], holders: () => [], close: () => false },
    watching,
    documents: resources.documents,
    history: resources.history,
    certificates: () => [],
    monitoring,
    backup: () => Promise.reject(new Error('there is no server')),
    audit,
    hosts: [],
    limits: httpLimits(),
    report,
  });
  try {
    return `${JSON.stringify(app.swagger(), undefined, 2)}\n`;
  } finally {
    await app.close();
  }
}
