import { type LoadMode, type LoadOptions, type LoadResult, type LoadSnapshot, runLoad } from '@angarium/load-amqp';
import { bareHost, serverName } from '../amqp-session.ts';
import { type AddressDocument, ApiClient } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface BenchOptions extends TargetOptions {
  readonly json?: boolean;
  readonly type: 'queue' | 'topic' | 'stream' | 'anycast' | 'multicast';
  readonly mode: LoadMode;
  readonly senders: number;
  readonly receivers: number;
  readonly size: number;
  readonly seconds: number;
  readonly count?: number;
  readonly rate?: number;
  readonly settled?: boolean;
  readonly durable?: boolean;
  readonly credit: number;
  readonly window: number;
  readonly latency: boolean;
}

/** The least body that has room for the time at which it was sent. */
const LATENCY_SIZE_BYTES_MIN = 8;

export async function bench(address: string, options: BenchOptions): Promise<void> {
  const target = await resolveTarget(options);
  const api = new ApiClient(target);
  const endpoint = await api.amqpEndpoint();
  if ((options.mode === 'fill' || options.mode === 'drain') && options.count === undefined) {
    throw new CommandError('usage', `--mode ${options.mode} needs --count: how many messages.`);
  }
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  const load: LoadOptions = {
    host: bareHost(endpoint),
    port: Number(endpoint.port),
    ...(endpoint.protocol === 'amqps:' && { tls: { ...target.tls, servername: serverName(new URL(target.url)) } }),
    space: target.space,
    ...(target.user !== undefined && { user: target.user, password: target.password ?? '' }),
    address,
    mode: options.mode,
    senders: options.mode === 'drain' ? 0 : options.senders,
    receivers: options.mode === 'fill' ? 0 : options.receivers,
    sizeBytes: options.size,
    settled: options.settled ?? false,
    durable: options.durable ?? false,
    capability: options.type,
    credit: options.credit,
    window: options.window,
    ...(options.rate !== undefined && { ratePerSecond: options.rate }),
    ...(options.count === undefined ? { seconds: options.seconds } : { count: options.count }),
    latency: options.latency && options.size >= LATENCY_SIZE_BYTES_MIN,
    signal: stop.signal,
    ...(!options.json && process.stderr.isTTY && { onProgress: showProgress }),
  };
  const made = await makeAddresses(api, options.mode === 'ping' ? [`${address}.a`, `${address}.b`] : [address], options);
  let result: LoadResult;
  try {
    result = await runLoad(load);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError('usage', error.message, error);
    throw new CommandError('failed', (error as Error).message, error);
  } finally {
    process.off('SIGINT', onInterrupt);
    for (const name of made) await api.delete(`${api.addressPath(name)}?force=true`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (options.json) printJson(result);
  else show(result, address, options);
  if (result.errors.length > 0) throw new CommandError('failed', result.errors.join('\n  '));
}

/** Makes what is not there and answers the names of what it made: a fill leaves its messages for a drain, and keeps the address. */
async function makeAddresses(api: ApiClient, names: readonly string[], options: BenchOptions): Promise<string[]> {
  const made: string[] = [];
  for (const name of names) {
    const existing = await api.find<AddressDocument>(api.addressPath(name));
    if (existing === undefined) {
      await api.put(api.addressPath(name), { spec: { type: options.type } });
      if (options.mode !== 'fill') made.push(name);
    } else if (existing.spec.type !== options.type) {
      throw new CommandError(
        'usage',
        `The address ${name} exists and is of type ${existing.spec.type}: give --type ${existing.spec.type}, or another name.`,
      );
    }
  }
  return made;
}

function showProgress(snapshot: LoadSnapshot): void {
  const { elapsedSeconds, sendRate, receiveRate, sent, received } = snapshot;
  const text = `${elapsedSeconds.toFixed(0).padStart(4)} s  sent ${whole(sent)} (${whole(sendRate)}/s)  received ${whole(received)} (${whole(receiveRate)}/s)`;
  process.stderr.write(`\r\u001b[K${text}`);
}

function show(result: LoadResult, address: string, options: BenchOptions): void {
  const senders = options.mode === 'drain' ? 0 : options.senders;
  const receivers = options.mode === 'fill' ? 0 : options.receivers;
  const who = `${options.mode}: ${counted(senders, 'sender')} → ${options.type} ${address} → ${counted(receivers, 'receiver')}`;
  const size = options.mode === 'drain' ? '' : `, ${whole(options.size)} bytes`;
  print(
    `${who}${size}, ${options.settled ? 'settled' : 'unsettled'}${options.durable ? ', durable' : ''}, ${result.seconds.toFixed(1)} s\n`,
  );
  const rows: (readonly (string | number)[])[] = [
    ['sent', result.sent, Math.round(result.sendRate)],
    ...(options.settled ? [] : [['accepted', result.acknowledged, Math.round(result.acknowledgeRate)]]),
    ['received', result.received, Math.round(result.receiveRate)],
  ];
  print(formatTable(['', 'messages', 'per second'], rows));
  print('');
  // What a drain finds has the size that it was filled with, whatever that was.
  if (options.mode !== 'drain') print(`bodies     ${(result.bytesPerSecond / 1e6).toFixed(1)} MB/s`);
  const { latencyUs, refused } = result;
  if (latencyUs !== undefined) {
    const times = [latencyUs.p50, latencyUs.p90, latencyUs.p99, latencyUs.p999, latencyUs.max].map(milliseconds);
    print(`latency    p50 ${times[0]}  p90 ${times[1]}  p99 ${times[2]}  p99.9 ${times[3]}  max ${times[4]}`);
  }
  if (refused.rejected + refused.released + refused.modified > 0) {
    print(`refused    ${whole(refused.rejected)} rejected, ${whole(refused.released)} released, ${whole(refused.modified)} modified`);
  }
  if (result.lost > 0) print(`lost       ${whole(result.lost)}`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function milliseconds(us: number): string {
  return us < 10_000 ? `${(us / 1000).toFixed(2)} ms` : `${whole(us / 1000)} ms`;
}
