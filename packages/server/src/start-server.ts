import { randomUUID } from 'node:crypto';
import { type AddressSpec, Broker, Refusal, SPACE_DEFAULT } from '@angarium/core';
import { AmqpHead, type Connectors, openConnectors } from '@angarium/head-amqp';
import { HttpHead, Webhooks } from '@angarium/head-http';
import { MqttHead } from '@angarium/head-mqtt';
import type { FileLog } from '@angarium/log-file';
import type { ListedConnection } from '@angarium/transport';
import { takeCensus } from './activity/link-census.ts';
import { openWatching } from './activity/open-watching.ts';
import { followShares } from './address-shares.ts';
import { failedAuthentications, openAudit, refusedAtAddresses } from './audit/open-audit.ts';
import { Principals } from './authorization/principals.ts';
import { UserAllowances } from './authorization/user-allowances.ts';
import { openBackup } from './backup/open-backup.ts';
import { amqpLimitsOf, type Configuration, defaultConfiguration, httpLimitsOf, mqttLimitsOf, sessionTimesOf } from './configuration.ts';
import { connectionSource } from './connection-source.ts';
import { followDocuments } from './connector-documents.ts';
import { isUsedDirectory, openDataDirectory } from './data-directory.ts';
import { parseDuration } from './duration.ts';
import { Endpoints, type EndpointUrls } from './endpoints.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import { EventHistory } from './events/event-history.ts';
import { tellChanges, tellFailedAuthentication, tellRefused, tellReported } from './events/event-sources.ts';
import { keepEvents } from './events/kept-events.ts';
import type { ServerPhase } from './health.ts';
import { openHttpApi } from './http/http-api.ts';
import { requestAccess } from './identity/access-check.ts';
import { Authenticator } from './identity/authenticator.ts';
import { configuredUsers } from './identity/known-user.ts';
import { peerAccess } from './identity/peer-access.ts';
import { LogParts } from './log-parts.ts';
import { createLogger, type Logger } from './logger.ts';
import { openMonitoring } from './monitoring.ts';
import { type LogProgress, openLog } from './open-log.ts';
import { openResources } from './resources/open-resources.ts';
import { StartError } from './start-error.ts';
import { openStatusTopics, type StatusTopics } from './status-topics.ts';
import { peerOfTls } from './tls/peer-of-tls.ts';
import { openTracing } from './tracing/open-tracing.ts';
import { VERSION } from './version.ts';

/** What peers are told when the server stops. */
const STOPPING = 'the server is stopping';

/** The configuration, each option optional, and what only a program can give. */
export interface ServerOptions extends Partial<Configuration> {
  /** Nothing is logged without one. */
  readonly logger?: Logger;
  /** Hears how far the reading of the log at start has come, at most every 200 ms. */
  readonly onProgress?: (done: LogProgress) => void;
}

export interface RunningServer extends AsyncDisposable {
  /** With the real ports; a protocol that is off is absent. */
  readonly endpoints: EndpointUrls;
  readonly dataDirectory: string;
  readonly containerId: string;
  readonly broker: Broker;
  readonly head: AmqpHead;
  readonly log: FileLog;
  readonly authenticator: Authenticator;
  /** Connections that the server opens itself, and what is forwarded over them. */
  readonly connectors: Connectors;
  /** Reads the files of certificates again, at once. What cannot be used is said in the log, and what was there before stays. */
  reloadCertificates(): Promise<void>;
  /** Takes no further connections, tells peers, waits for them at most `drainTimeout`, syncs the log. Further calls get the same promise. */
  stop(): Promise<void>;
}

/**
 * Starts one server; each step says beside it how it is undone, and stopping goes through them in reverse.
 * A step that fails undoes those before it and throws; a `StartError` says in words what to do.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { logger = createLogger({ level: 'silent', format: 'json' }), onProgress, ...given } = options;
  const configuration: Configuration = { ...defaultConfiguration(), ...given };
  const drainMs = parseDuration(configuration.drainTimeout) ?? 0;
  const parts = new LogParts(logger, configuration.logLevels);
  const report = parts.report('server');

  // Whatever can be refused without touching anything is refused first.
  const users = configuredUsers(SPACE_DEFAULT, configuration.users);
  await using started = new AsyncDisposableStack();
  const events = started.use(new EventHistory());
  parts.onReport = tellReported(events);
  const endpoints = started.use(await Endpoints.prepare({ configuration, report: parts.report('tls') }));
  // Users may be in the log alone: where other machines reach us, nobody is let in before it is known that there are some.
  const usersFirst = endpoints.reachable && users.size === 0 && !configuration.allowAnonymous;
  if (usersFirst && !isUsedDirectory(configuration.dataDir)) endpoints.refuseStrangers();
  let phase: ServerPhase = 'starting';
  const dataDirectory = await openDataDirectory(configuration.dataDir, logger);

  const turn = new EventLoopTurn();
  const broker = new Broker({
    turn,
    report: parts.report('broker'),
    autoCreate: configuration.autoCreate,
    addressesMax: configuration.addressesMax,
    randomName: randomUUID,
  });
  const tracing = openTracing({ broker, turn, configuration, instance: dataDirectory.containerId, report });
  started.defer(() => tracing?.close());
  const audit = openAudit(dataDirectory.path, parts.report('audit'));
  // After everything that is recorded has ended.
  started.defer(() => audit.close());
  const tellers = [refusedAtAddresses(audit), tellRefused(events)];
  broker.onRefused = refused => tellers.forEach(tell => void tell(refused));
  let authenticationFailures = 0;
  const recordFailure = failedAuthentications(audit);
  const principals = new Principals(broker, new UserAllowances(broker.resources, broker.revisions, turn));
  const authenticator = started.use(
    new Authenticator({
      broker,
      principals,
      turn,
      report: parts.report('identity'),
      onFailure: (source, user) => {
        authenticationFailures++;
        recordFailure(source, user);
        tellFailedAuthentication(events, source, user);
      },
      secret: dataDirectory.secret,
      users,
      allowAnonymous: configuration.allowAnonymous,
      spaceDomain: configuration.spaceDomain,
      sessionTimes: sessionTimesOf(configuration),
    }),
  );
  for (const user of authenticator.users.lacking)
    report({
      level: 'warn',
      what: 'this user lacks credentials for a SCRAM mechanism that is offered: clients that choose it by themselves will be refused',
      user,
    });
  const peers = peerAccess(authenticator);
  const head = new AmqpHead({
    broker,
    turn,
    containerId: dataDirectory.containerId,
    version: VERSION,
    ...peers,
    limits: amqpLimitsOf(configuration),
    report: parts.report('amqp'),
  });
  const mqttHead = new MqttHead({
    broker,
    turn,
    randomName: randomUUID,
    ...peers,
    limits: mqttLimitsOf(configuration),
    report: parts.report('mqtt'),
  });

  const access = requestAccess({ authenticator, hosts: configuration.httpHosts });
  const httpLimits = httpLimitsOf(configuration);
  const messages = new HttpHead({
    broker,
    turn,
    report: parts.report('http'),
    access: access.decide,
    refuseForeign: access.refuseForeign,
    limits: httpLimits,
    tunnels: {
      amqp: (stream, request) => head.accept(stream, access.peer(request)),
      mqtt: (stream, request) => mqttHead.accept(stream, access.peer(request)),
    },
  });

  const webhooks = new Webhooks({
    broker,
    turn,
    report: parts.report('webhook'),
    limits: httpLimits,
    allowPrivate: configuration.webhookAllowPrivate,
  });

  const heads: readonly { readonly connections: Iterable<ListedConnection> }[] = [head, mqttHead, messages];
  const connections = (): ListedConnection[] => heads.flatMap(({ connections }) => [...connections]);
  let connectors: Connectors | undefined;
  const resources = openResources({
    broker,
    report: parts.report('resources'),
    containerId: dataDirectory.containerId,
    endpoints: () => endpoints.urls,
    connections,
    connectors: () => connectors,
    identities: authenticator,
    tokenUses: authenticator.tokenUses,
    onSpaceEnd: (space, why) => {
      for (const webhook of [...webhooks.of(space).values()]) webhooks.remove(webhook);
      principals.endSpace(space.name, why);
      watching.finish(space, why);
      tracing?.forget(space);
    },
  });
  started.defer(() => resources.stop());
  const monitoring = started.use(
    openMonitoring({
      broker,
      configuration,
      logParts: parts,
      events,
      audit,
      endpoints,
      authenticationFailures: () => authenticationFailures,
      connections: () =>
        new Map([
          ['amqp', head.connections.size],
          ['mqtt', mqttHead.connections.size],
          ['http', [...messages.connections].length],
        ]),
      census: space => takeCensus(watching.links, space),
      connectors: () => connectors,
      phase: () => phase,
      turnSeconds: turn.seconds,
      spans: () => tracing?.spans,
      logPath: dataDirectory.logPath,
    }),
  );
  const connectionsOfHeads = connectionSource(heads);
  const watching = openWatching({
    broker,
    connections: connectionsOfHeads,
    requests: messages,
    webhooks,
    connectors: () => connectors,
    certificates: () => endpoints.certificates,
  });
  started.defer(() => watching.stop(STOPPING));
  // HTTP first and last: it says that the server lives, and is not ready, while a long log is read and while peers are sent away.
  const openHttp = async (): Promise<void> => {
    if (!endpoints.has('http')) return;
    const http = await openHttpApi({
      listen: accept => endpoints.open('http', accept),
      broker,
      authenticator,
      principals,
      messages,
      webhooks,
      connections: connectionsOfHeads,
      documents: resources.documents,
      history: resources.history,
      certificates: () => endpoints.certificates,
      watching,
      monitoring,
      audit,
      backup: () => openBackup({ broker, log, dataDirectory }),
      hosts: configuration.httpHosts,
      limits: httpLimits,
      report: parts.report('http'),
    });
    started.defer(() => http.close());
  };
  if (!usersFirst) await openHttp();

  const keep = await keepEvents(dataDirectory.path, events, report);
  const log = await openLog(dataDirectory.logPath, broker, parts.report('log'), onProgress);
  monitoring.logOpened(log);
  started.defer(() => log.close());
  // While the directory is ours alone.
  started.defer(keep);
  // After the heads have stopped: wills that are due later are so after the next start.
  started.defer(() => {
    for (const space of broker.spaces.values()) space.wills.stop();
  });
  await new Promise<void>(resolve => broker.start(log, resolve));
  authenticator.users.restored();
  if (usersFirst) {
    if (!authenticator.hasUsers) endpoints.refuseStrangers();
    await openHttp();
  }
  await declareAddresses(broker, configuration.addresses);

  const intervalMs = parseDuration(configuration.statusInterval);
  let status: StatusTopics | undefined;
  resources.start(space => {
    status?.open(space);
    tracing?.follow(space);
  });
  for (const space of broker.spaces.values()) tracing?.follow(space);
  // What was declared before is no news.
  started.defer(tellChanges(broker, events));
  if (intervalMs !== undefined) {
    status = openStatusTopics({ broker, turn, connections, intervalMs });
    started.defer(() => status?.close());
  }
  // Before the heads, whose subscriptions of before may be to addresses of other spaces.
  started.defer(followShares(broker));
  head.restore();
  started.defer(() => head.stop(STOPPING, drainMs));
  const opened = openConnectors({
    broker,
    turn,
    report: parts.report('connector'),
    containerId: dataDirectory.containerId,
    version: VERSION,
    limits: amqpLimitsOf(configuration),
  });
  connectors = opened;
  started.defer(() => opened.stop());
  started.defer(followDocuments(broker, opened));
  messages.start();
  started.defer(() => messages.stop(STOPPING));
  webhooks.restore();
  started.defer(() => webhooks.stop());
  started.defer(await endpoints.open('amqp', socket => head.accept(socket, peerOfTls(socket))));
  mqttHead.restore();
  started.defer(() => mqttHead.stop(STOPPING, drainMs));
  started.defer(await endpoints.open('mqtt', socket => mqttHead.accept(socket, peerOfTls(socket))));
  const running = started.move();
  phase = 'ready';
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    phase = 'stopping';
    stopping ??= running.disposeAsync();
    return stopping;
  };
  return {
    endpoints: endpoints.urls,
    reloadCertificates: () => endpoints.reloadCertificates(),
    dataDirectory: dataDirectory.path,
    containerId: dataDirectory.containerId,
    broker,
    head,
    log,
    authenticator,
    connectors: opened,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function declareAddresses(broker: Broker, addresses: Configuration['addresses']): Promise<void> {
  const space = broker.spaces.get('default')!;
  for (const { name, ...spec } of addresses) {
    const result = await new Promise<unknown>(resolve => space.declare(name, spec as AddressSpec, resolve));
    if (result instanceof Refusal)
      throw new StartError('configuration', `The address "${name}" of the configuration cannot be declared: ${result.description}`);
  }
}
