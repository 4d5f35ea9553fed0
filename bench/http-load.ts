/**
 * Messages sent over HTTP/1.1, one under way on each of many connections that are kept. A process of its own that prints one line of JSON, in the form
 * of the AMQP generator's; `acknowledgeRate` counts answers of 202.
 *
 *     node bench/http-load.ts --port 8080 --path /m/orders --connections 64 --seconds 5 --pid 4711
 *
 * Answers are counted by their status lines and not parsed, since a whole client would cost more than the server. With `--consume anycast` (or another
 * type) the address of the path has a consumer over AMQP, whose port the server is asked for.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageMeter } from '@angarium/load';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '8080' },
    path: { type: 'string', default: '/m/bench' },
    type: { type: 'string' },
    consume: { type: 'boolean', default: false },
    connections: { type: 'string', default: '64' },
    size: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '1' },
    pid: { type: 'string' },
  },
});

const port = Number(values.port);
const size = Number(values.size);
const API = `http://127.0.0.1:${port}/apis/angarium.dev/v1`;
/** More than any run sends. */
const COUNT = '1000000000';
const CONSUMER_SECONDS = '600';
const name = values.path.slice(values.path.lastIndexOf('/') + 1);
const post = Buffer.from(
  `POST ${values.path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: text/plain\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`,
);
const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

async function declare(type: string): Promise<void> {
  const answer = await fetch(`${API}/addressspaces/default/addresses/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ spec: { type } }),
  });
  if (!answer.ok) throw new Error(`${name} could not be declared: ${await answer.text()}`);
}

/** A consumer, once the address has it. */
async function startConsumer(type: string): Promise<ChildProcess> {
  const { items } = (await (await fetch(`${API}/endpoints`)).json()) as {
    items: { metadata: { name: string }; status: { url: string } }[];
  };
  const amqp = new URL(items.find(({ metadata }) => metadata.name === 'amqp')?.status.url ?? 'none');
  const main = join(import.meta.dirname, '../packages/load-amqp/src/main.ts');
  const flags = ['--port', amqp.port, '--address', name, '--capability', type, '--count', COUNT, '--seconds', CONSUMER_SECONDS];
  const child = spawn(process.execPath, [main, 'drain', ...flags], { stdio: 'ignore' });
  for (;;) {
    const address = (await (await fetch(`${API}/addressspaces/default/addresses/${name}`)).json()) as { status: { consumers: number } };
    if (address.status.consumers > 0) return child;
    await wait(50);
  }
}

let answered = 0;
let going = true;
const errors: string[] = [];

async function open(): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('data', (chunk: Buffer) => {
    if (chunk.indexOf('HTTP/1.1 202') !== 0) errors.push(chunk.toString('latin1').slice(0, 200));
    answered++;
    if (going && errors.length === 0) socket.write(post);
  });
  return socket;
}

if (values.type !== undefined) await declare(values.type);
const consumer = values.consume && values.type !== undefined ? await startConsumer(values.type) : undefined;
const sockets: Socket[] = [];
for (let i = 0; i < Number(values.connections); i++) sockets.push(await open());
const meter = new UsageMeter(values.pid === undefined ? undefined : Number(values.pid));
for (const socket of sockets) socket.write(post);
await wait(Number(values['warm-up']) * 1000);
meter.mark();
const begin = { atMs: performance.now(), answered };
await wait(Number(values.seconds) * 1000);
meter.mark();
const end = { atMs: performance.now(), answered };
going = false;
for (const socket of sockets) socket.destroy();
consumer?.kill();
const seconds = (end.atMs - begin.atMs) / 1000;
process.stdout.write(
  `${JSON.stringify({ mode: 'flow', seconds, acknowledgeRate: (end.answered - begin.answered) / seconds, errors: errors.slice(0, 3), ...meter.report() })}\n`,
);
process.exit(0);
