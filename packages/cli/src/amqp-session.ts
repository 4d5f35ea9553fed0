import { isIP } from 'node:net';
import type { Connection, ConnectionError, ConnectionOptions } from 'rhea';
import { CommandError } from './exit-code.ts';
import type { Target } from './target.ts';
import { tlsWords } from './tls-client.ts';

/** From connecting to the answer of the peer's open. */
const OPEN_TIMEOUT_MS = 10_000;
/** For the peer's answer to our close. */
const CLOSE_TIMEOUT_MS = 2000;

/** An AMQP connection for one command: the command runs in `work` and calls `done` or `fail` once; then the connection is closed. */
export interface AmqpWork {
  readonly connection: Connection;
  done(): void;
  fail(error: CommandError): void;
}

/** Connects, lets `work` begin, and resolves when it is done and the connection is closed. */
export async function withAmqp(target: Target, endpoint: URL, work: (session: AmqpWork) => void): Promise<void> {
  const { default: rhea } = await import('rhea');
  const container = rhea.create_container();
  await new Promise<void>((resolve, reject) => {
    const connection = container.connect({
      ...transportOf(target, endpoint),
      hostname: target.space,
      // Where the user is at home, who says who he is before he opens.
      sasl_init_hostname: target.space,
      // Without a password, rhea takes the name for SASL ANONYMOUS.
      username: target.user ?? 'anonymous',
      ...(target.user === undefined ? {} : { password: target.password ?? '' }),
      reconnect: false,
    });
    let ended = false;
    let opened = false;
    const openTimer = setTimeout(
      () => end(new CommandError('unreachable', `${endpoint.host} does not answer over AMQP.`)),
      OPEN_TIMEOUT_MS,
    );
    const end = (error?: CommandError): void => {
      if (ended) return;
      ended = true;
      clearTimeout(openTimer);
      const finish = (): void => {
        clearTimeout(closeTimer);
        connection.removeAllListeners();
        if (error === undefined) resolve();
        else reject(error);
      };
      const closeTimer = setTimeout(() => {
        connection.socket?.destroy();
        finish();
      }, CLOSE_TIMEOUT_MS);
      if (!opened || connection.is_closed()) {
        connection.socket?.destroy();
        finish();
      } else {
        connection.once('connection_close', finish);
        connection.once('disconnected', finish);
        connection.close();
      }
    };
    connection.once('connection_open', () => {
      opened = true;
      clearTimeout(openTimer);
      work({ connection, done: () => end(), fail: end });
    });
    connection.on('connection_error', () =>
      end(new CommandError('failed', `The server closed the connection: ${conditionWords(connection.error)}`)),
    );
    connection.on('error', (error: Error) => end(connectError(endpoint, error)));
    connection.on('protocol_error', (error: Error) =>
      end(new CommandError('failed', `What answers at ${endpoint.host} does not speak AMQP 1.0: ${error.message}`)),
    );
    connection.on('disconnected', context => {
      const lost = opened
        ? new CommandError('failed', 'The connection to the server broke.')
        : connectError(endpoint, context.error ?? new Error('it hung up'));
      end(lost);
    });
  });
}

/** Where to connect, and how. */
function transportOf({ url, tls }: Target, endpoint: URL): ConnectionOptions {
  const host = bareHost(endpoint);
  if (endpoint.protocol !== 'amqps:') return { transport: 'tcp', host, port: Number(endpoint.port || 5672) };
  return { ...tls, transport: 'tls', host, port: Number(endpoint.port || 5671), servername: serverName(new URL(url)) } as ConnectionOptions;
}

/** Without the brackets that IPv6 has in a URL. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** The name that the certificate has to have: the one that the server is known by here. An address is none (RFC 6066, section 3). */
export function serverName(url: URL): string {
  const host = bareHost(url);
  return isIP(host) === 0 ? host : '';
}

function connectError(endpoint: URL, error: Error & { condition?: string; code?: string }): CommandError {
  if (error.condition === 'amqp:unauthorized-access' || /sasl|authenticat/i.test(error.message)) {
    return new CommandError('denied', 'The server does not take this user and password. Give others with --user and ANGARIUM_PASSWORD.');
  }
  return new CommandError(
    'unreachable',
    `No connection to ${endpoint.host} over AMQP: ${tlsWords(error) ?? error.code ?? error.message}`,
    error,
  );
}

/** An AMQP error in words: what the peer says, and its condition. */
export function conditionWords(error: ConnectionError | Error | { condition?: string; description?: string } | undefined): string {
  if (error === undefined) return 'it gave no reason';
  const { condition, description } = error as { condition?: string; description?: string };
  const words = description ?? (error instanceof Error ? error.message : undefined);
  return (
    [words, condition === undefined ? undefined : `(${condition})`].filter(part => part !== undefined && part !== '').join(' ') ||
    'it gave no reason'
  );
}

/** Calls `expired` when `moved` was not called for so long. */
export class StallTimer {
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number | undefined, expired: () => void) {
    if (timeoutMs !== undefined) this.#timer = setTimeout(expired, timeoutMs);
  }

  moved(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
