import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type AddressSpec, Broker, type CoreEvent, Refusal } from '@angarium/core';
import { AmqpHead, type Connectors, openConnectors } from '@angarium/head-amqp';
import { HttpHead, Webhooks } from '@angarium/head-http';
import { MqttHead } from '@angarium/head-mqtt';
import type { FileLog } from '@angarium/log-file';
import { type ListedConnection, peerOf } from '@angarium/transport';
import { Authenticator } from './authenticator.ts';
import { openBackup } from './backup/open-backup.ts';
import { amqpLimitsOf, type Configuration, defaultConfiguration, httpLimitsOf, mqttLimitsOf } from './configuration.ts';
import { connectionSource } from './connection-source.ts';
import { openDataDirectory } from './data-directory.ts';
import { parseDuration } from './duration.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import { HeadListener } from './head-listener.ts';
import { requestAccess } from './http/access-check.ts';
import type { ServerPhase } from './http/health-routes.ts';
import { openHttpApi } from './http/http-api.ts';
import { isLoopback, type ListenAddress, parseListenAddress } from './listen-address.ts';
import { createLogger, type Logger } from './logger.ts';
import { type LogProgress, openLog } from './open-log.ts';
import { peerAccess } from './peer-access.ts';
import { Principals } from './principals.ts';
import { StartError } from './start-error.ts';
import { openStatusTopics } from './status-topics.ts';
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
  readonly endpoints: { readonly amqp?: string; readonly mqtt?: string; readonly http?: string };
  readonly dataDirectory: string;
  readonly containerId: string;
  readonly broker: Broker;
  readonly head: AmqpHead;
  readonly log: FileLog;
  readonly authenticator: Authenticator;
  /** Connections that the server opens itself, and what is forwarded over them. */
  readonly connectors: Connectors;
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
  const report = (event: CoreEvent): void => {
    const { level, what, ...details } = event;
    logger[level](details, what);
  };

  // Whatever can be refused without touching anything is refused first.
  const authenticator = new Authenticator(configuration);
  const amqpAddress = listenAddress(configuration, 'amqp', authenticator);
  const mqttAddress = listenAddress(configuration, 'mqtt', authenticator);
  const httpAddress = listenAddress(configuration, 'http', authenticator);

  await using started = new AsyncDisposableStack();
  let phase: ServerPhase = 'starting';
  const endpoints: { amqp?: string; mqtt?: string; http?: string } = {};
  const dataDirectory = await openDataDirectory(configuration.dataDir, logger);

  const turn = new EventLoopTurn();
  const broker = new Broker({
    turn,
    report,
    autoCreate: configuration.autoCreate,
    addressesMax: configuration.addressesMax,
    randomName: randomUUID,
  });
  for (const user of authenticator.scram.lacking)
    logger.warn(
      { user },
      'this user lacks credentials for a SCRAM mechanism that is offered: clients that choose it by themselves will be refused',
    );
  const principals = new Principals();
  const peers = peerAccess(authenticator, principals, dataDirectory.secret);
  const head = new AmqpHead({
    broker,
    turn,
    containerId: dataDirectory.containerId,
    version: VERSION,
    ...peers,
    limits: amqpLimitsOf(configuration),
    report,
  });
  const mqttHead = new MqttHead({
    broker,
    turn,
    randomName: randomUUID,
    ...peers,
    limits: mqttLimitsOf(configuration),
    report,
  });

  const access = requestAccess({ authenticator, principals, hosts: configuration.httpHosts });
  const httpLimits = httpLimitsOf(configuration);
  const messages = new HttpHead({
    broker,
    turn,
    report,
    access: access.decide,
    refuseForeign: access.refuseForeign,
    limits: httpLimits,
    tunnels: {
      amqp: (stream, from) => head.accept(stream, from),
      mqtt: (stream, from) => mqttHead.accept(stream, peerOf(from.remoteAddress, from.remotePort)),
    },
  });

  const webhooks = new Webhooks({ broker, turn, report, limits: httpLimits, allowPrivate: configuration.webhookAllowPrivate });

  const heads: readonly { readonly connections: Iterable<ListedConnection> }[] = [head, mqttHead, messages];
  // HTTP first and last: it says that the server lives, and is not ready, while a long log is read and while peers are sent away.
  if (httpAddress !== undefined) {
    const http = await openHttpApi({
      address: httpAddress,
      broker,
      authenticator,
      principals,
      messages,
      webhooks,
      connections: connectionSource(heads),
      endpoints: () => endpoints,
      phase: () => phase,
      backup: () => openBackup({ broker, log, dataDirectory }),
      hosts: configuration.httpHosts,
      limits: httpLimits,
      logger,
    });
    started.defer(() => http.close());
    endpoints.http = http.url;
  }

  const log = await openLog(dataDirectory.logPath, broker, logger, onProgress);
  started.defer(() => log.close());
  // After the heads have stopped: wills that are due later are so after the next start.
  started.defer(() => {
    for (const space of broker.spaces.values()) space.wills.stop();
  });
  await new Promise<void>(resolve => broker.start(log, resolve));
  await declareAddresses(broker, configuration.addresses);

  const intervalMs = parseDuration(configuration.statusInterval);
  if (intervalMs !== undefined) {
    const connections = (): ListedConnection[] => heads.flatMap(({ connections }) => [...connections]);
    const status = openStatusTopics({ broker, turn, connections, intervalMs });
    started.defer(() => status.close());
  }
  head.restore();
  started.defer(() => head.stop(STOPPING, drainMs));
  const connectors = openConnectors({
    broker,
    turn,
    report,
    containerId: dataDirectory.containerId,
    version: VERSION,
    limits: amqpLimitsOf(configuration),
  });
  started.defer(() => connectors.stop());
  messages.start();
  started.defer(() => messages.stop(STOPPING));
  webhooks.restore();
  started.defer(() => webhooks.stop());
  if (amqpAddress !== undefined) {
    const { connectionsMax } = configuration;
    const accept = (socket: Socket): void => head.accept(socket);
    const amqp = await HeadListener.open({ protocol: 'amqp', address: amqpAddress, accept, connectionsMax, logger });
    started.defer(() => amqp.close());
    endpoints.amqp = amqp.url;
  }
  mqttHead.restore();
  started.defer(() => mqttHead.stop(STOPPING, drainMs));
  if (mqttAddress !== undefined) {
    const { connectionsMax } = configuration;
    const accept = (socket: Socket): void => mqttHead.accept(socket, peerOf(socket.remoteAddress, socket.remotePort));
    const mqtt = await HeadListener.open({ protocol: 'mqtt', address: mqttAddress, accept, connectionsMax, logger });
    started.defer(() => mqtt.close());
    endpoints.mqtt = mqtt.url;
  }

  if ([amqpAddress, mqttAddress, httpAddress].some(address => address !== undefined && !isLoopback(address.host))) {
    logger.warn(endpoints, 'other machines reach this server: messages and passwords travel unencrypted');
  }
  const running = started.move();
  phase = 'ready';
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    phase = 'stopping';
    stopping ??= running.disposeAsync();
    return stopping;
  };
  return {
    endpoints,
    dataDirectory: dataDirectory.path,
    containerId: dataDirectory.containerId,
    broker,
    head,
    log,
    authenticator,
    connectors,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function listenAddress(
  configuration: Configuration,
  option: 'amqp' | 'mqtt' | 'http',
  authenticator: Authenticator,
): ListenAddress | undefined {
  let address: ListenAddress | undefined;
  try {
    address = parseListenAddress(configuration[option]);
  } catch (error) {
    throw new StartError('configuration', `${option}: ${(error as Error).message}`, error);
  }
  if (address !== undefined && !isLoopback(address.host) && !authenticator.hasUsers && !configuration.allowAnonymous) {
    throw new StartError(
      'configuration',
      `${option.toUpperCase()} shall listen on ${address.host}, which other machines reach, but there are no users. ` +
        'Add users to the configuration file (angarium user hash-password makes a passwordHash), or let anybody in with --allow-anonymous.',
    );
  }
  return address;
}

async function declareAddresses(broker: Broker, addresses: Configuration['addresses']): Promise<void> {
  const space = broker.spaces.get('default')!;
  for (const { name, ...spec } of addresses) {
    const result = await new Promise<unknown>(resolve => space.declare(name, spec as AddressSpec, resolve));
    if (result instanceof Refusal)
      throw new StartError('configuration', `The address "${name}" of the configuration cannot be declared: ${result.description}`);
  }
}
