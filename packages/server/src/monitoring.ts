import type { AddressSpace, Broker, Histogram } from '@angarium/core';
import type { Connectors } from '@angarium/head-amqp';
import type { FileLog } from '@angarium/log-file';
import type { Census } from './activity/link-census.ts';
import type { AuditLog } from './audit/audit-log.ts';
import type { Configuration } from './configuration.ts';
import type { Endpoints } from './endpoints.ts';
import type { EventHistory } from './events/event-history.ts';
import { Health, type ServerPhase } from './health.ts';
import type { LogParts } from './log-parts.ts';
import { Metrics } from './metrics/metrics.ts';
import type { ServerFigures } from './metrics/server-metrics.ts';

/** What tells how the server is. */
export interface Monitoring {
  readonly health: Health;
  readonly metrics: Metrics;
  /** Whoever can reach the server may read its metrics. */
  readonly metricsOpen: boolean;
  readonly logParts: LogParts;
  readonly events: EventHistory;
}

export interface MonitoringOptions {
  readonly broker: Broker;
  readonly configuration: Pick<Configuration, 'metricsOpen' | 'metricsSpacesMax' | 'metricsAddressesMax'>;
  readonly logParts: LogParts;
  readonly events: EventHistory;
  readonly audit: Pick<AuditLog, 'entries'>;
  readonly endpoints: Pick<Endpoints, 'listening' | 'handshakes' | 'certificates'>;
  readonly authenticationFailures: () => number;
  /** How many there are now, by protocol. */
  readonly connections: () => ReadonlyMap<string, number>;
  /** How the links of a space are, or those of all. */
  readonly census: (space?: AddressSpace) => Promise<Census>;
  /** Absent while the server starts. */
  readonly connectors: () => Connectors | undefined;
  readonly phase: () => ServerPhase;
  readonly turnSeconds: Histogram;
  /** Of traces; absent where there are none. */
  readonly spans?: () => ServerFigures['spans'];
  readonly logPath: string;
}

/** Puts together what tells how the server is; `logOpened` says when there is a log. */
export function openMonitoring(options: MonitoringOptions): Monitoring & Disposable & { logOpened(log: FileLog): void } {
  const { broker, configuration, logParts, events, audit, endpoints, phase, logPath } = options;
  let log: FileLog | undefined;
  const server = (): Omit<ServerFigures, 'process' | 'spaces' | 'log'> => ({
    ready: health.isReady,
    connections: options.connections(),
    authenticationFailures: options.authenticationFailures(),
    problems: (part, level) => logParts.problems(part, level),
    handshakes: endpoints.handshakes,
    certificates: endpoints.certificates,
    connectors: connectorsOf(broker, options.connectors()),
    auditEntries: audit.entries,
    events: events.count,
    turnSeconds: options.turnSeconds,
    spans: options.spans?.(),
  });
  const limits = { spacesMax: configuration.metricsSpacesMax, addressesMax: configuration.metricsAddressesMax };
  const metrics = new Metrics({ broker, limits, census: options.census, server, logPath });
  const health = new Health({ phase, lateMs: () => metrics.process.lateMs, log: () => log, endpoints: () => endpoints.listening });
  return {
    health,
    metrics,
    metricsOpen: configuration.metricsOpen,
    logParts,
    events,
    logOpened(opened) {
      log = opened;
      metrics.logOpened(opened);
    },
    [Symbol.dispose]: () => metrics[Symbol.dispose](),
  };
}

/** Every connector that is declared, and whether it has its connection. */
function* connectorsOf(broker: Broker, opened: Connectors | undefined): ServerFigures['connectors'] {
  if (!opened) return;
  for (const space of broker.spaces.values())
    for (const name of broker.resources.all('Connector', space.name).keys())
      yield { space: space.name, name, works: opened.connectors.status(space, name)?.phase === 'Active' };
}
