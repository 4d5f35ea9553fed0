import {
  configurationOptions,
  createLogger,
  type Logger,
  loadConfiguration,
  type RunningServer,
  StartError,
  startServer,
  VERSION,
} from '@angarium/server';
import { collectInSmallSteps } from '../collector.ts';
import { CommandError, EXIT_CODES } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { DEFAULT_URL } from '../target.ts';

/** Signals that come this soon after the first are the same wish: a terminal tells the whole group, and npm passes it on once more. */
const SAME_SIGNAL_MS = 300;
/** How long syncing is tried after a mistake of ours. */
const CRASH_SYNC_MS = 2000;
/** A log that is read faster than this is not worth a progress line. */
const PROGRESS_AFTER_MS = 500;

interface UpOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly [name: string]: unknown;
}

export async function up(options: UpOptions): Promise<void> {
  collectInSmallSteps();
  const flags = Object.fromEntries(configurationOptions().map(({ name }) => [name, options[name] as string | boolean | undefined]));
  try {
    const configuration = await loadConfiguration({ flags, variables: process.env, file: options.config ?? process.env.ANGARIUM_CONFIG });
    const logger = createLogger({ level: configuration.logLevel, format: configuration.logFormat });
    const server = await startServer({ ...configuration, logger, onProgress: showProgress() });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    const own = logger.child({ part: 'server' });
    endOnSignals(server, own);
    reloadOnSignal(server, own);
    endOnMistakes(server, own);
    if (options.json) {
      printJson({
        ready: true,
        version: VERSION,
        pid: process.pid,
        endpoints: server.endpoints,
        dataDirectory: server.dataDirectory,
        containerId: server.containerId,
      });
    } else print(greeting(server));
    // The process goes on until a signal ends it.
    await new Promise<never>(() => {});
  } catch (error) {
    if (error instanceof StartError) throw new CommandError(error.reason === 'configuration' ? 'usage' : 'failed', error.message, error);
    throw error;
  }
}

/** What a person sees who has just started a server. */
function greeting(server: RunningServer): string {
  const { amqp, amqps, mqtt, mqtts, http, https } = server.endpoints;
  const command = process.env.npm_command === undefined ? 'angarium' : 'npx angarium';
  const where = http === undefined || http === DEFAULT_URL ? '' : ` --url ${http}`;
  const access = server.authenticator.allowsAnonymous(false)
    ? 'Anybody may connect without a password, from other machines too (allowAnonymous).'
    : server.authenticator.hasUsers
      ? 'Users may connect, with their passwords (--user, ANGARIUM_PASSWORD).'
      : 'Anonymous access is limited to this machine; other machines need users, and there are none yet: angarium user create NAME.';
  const lines = [
    `Angarium ${VERSION} is ready.`,
    '',
    `  Console    ${https ?? http ?? 'off'}`,
    `  AMQP 1.0   ${listed(amqp, amqps)}`,
    `  MQTT       ${listed(mqtt, mqtts)}`,
    `  HTTP API   ${listed(http, https)}`,
    `  Data       ${server.dataDirectory}`,
    '',
    access,
  ];
  if (amqp !== undefined && http !== undefined) {
    lines.push(
      '',
      'Try next, in another terminal:',
      '',
      `  ${command} address create orders --type queue${where}`,
      `  ${command} send orders 'hello'${where}`,
      `  ${command} receive orders --count 1${where}`,
    );
  }
  return lines.join('\n');
}

/** Where a protocol is spoken, without TLS and with it. */
function listed(...urls: readonly (string | undefined)[]): string {
  return urls.filter(url => url !== undefined).join(', ') || 'off';
}

/** Certificates are read again on SIGHUP, as other servers do; without TLS it ends the process as ever. */
function reloadOnSignal(server: RunningServer, logger: Logger): void {
  const { amqps, mqtts, https } = server.endpoints;
  if ((amqps ?? mqtts ?? https) === undefined) return;
  process.on('SIGHUP', signal => {
    logger.info({ signal }, 'reading certificates again');
    void server.reloadCertificates();
  });
}

/** The first signal drains, a second one ends at once. */
function endOnSignals(server: RunningServer, logger: Logger): void {
  let firstMs = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (firstMs !== 0) {
      if (nowMs - firstMs < SAME_SIGNAL_MS) return;
      logger.warn({ signal }, 'stopped at once by a second signal');
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
    firstMs = nowMs;
    logger.info({ signal }, 'stopping: peers are told to go elsewhere, and the log is synced');
    server.stop().then(
      () => {
        logger.info('stopped');
        process.exit(EXIT_CODES.done.code);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'the server could not stop in order');
        process.exit(EXIT_CODES.failed.code);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** After a mistake of ours nothing in memory can be trusted: the log is synced, and the process ends. */
function endOnMistakes(server: RunningServer, logger: Logger): void {
  let ending = false;
  const onMistake = (error: unknown): void => {
    if (ending) return;
    ending = true;
    logger.error({ err: error }, 'the server made a mistake and ends');
    const end = (): never => process.exit(EXIT_CODES.crashed.code);
    setTimeout(end, CRASH_SYNC_MS);
    server.log.close().then(end, end);
  };
  process.on('uncaughtException', onMistake);
  process.on('unhandledRejection', onMistake);
}

/** Says how far the reading of the log has come: one line that renews itself on a terminal, a line now and then elsewhere. */
function showProgress(): (done: { bytes: number; bytesTotal: number; records: number }) => void {
  const startedMs = performance.now();
  let saidPercent = -10;
  return ({ bytes, bytesTotal, records }) => {
    if (performance.now() - startedMs < PROGRESS_AFTER_MS) return;
    const percent = bytesTotal === 0 ? 100 : Math.floor((100 * bytes) / bytesTotal);
    const text = `Reading the log: ${percent} % of ${(bytesTotal / 1e6).toFixed(0)} MB, ${records.toLocaleString('en')} records`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
    else if (percent >= saidPercent + 10) {
      saidPercent = percent;
      remark(text);
    }
  };
}
