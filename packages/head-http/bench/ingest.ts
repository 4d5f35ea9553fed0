/**
 * How much of a bare HTTP server's rate is left when its POSTs are messages: a bare node:http server that reads the body and answers 202, and an Angarium server,
 * each a process of its own, take turns under the same load. The figure that counts is the ratio of the medians.
 *
 *     node packages/head-http/bench/ingest.ts [connections] [seconds a round] [rounds]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

const [connections = 32, seconds = 3, rounds = 3] = process.argv.slice(2).map(Number);
const BODY = 'x'.repeat(100);

interface Target {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly fields: string;
}

/** Keeps one POST under way on each connection; the answers are counted by their status lines, since a full client would cost more than the server. */
async function load({ port, path, fields }: Target): Promise<number> {
  const post = Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: text/plain\r\n${fields}content-length: ${BODY.length}\r\n\r\n${BODY}`,
  );
  const sockets = Array.from({ length: connections }, () => connect({ port, host: '127.0.0.1', noDelay: true }));
  await Promise.all(sockets.map(socket => once(socket, 'connect')));
  let answered = 0;
  for (const socket of sockets) {
    socket.on('data', (chunk: Buffer) => {
      if (chunk.indexOf('HTTP/1.1 202') !== 0) throw new Error(`not accepted: ${chunk.toString('latin1').slice(0, 300)}`);
      answered++;
      socket.write(post);
    });
    socket.write(post);
  }
  await new Promise(resolve => setTimeout(resolve, seconds * 1000));
  for (const socket of sockets) socket.destroy();
  return answered / seconds;
}

function bareServer(): void {
  const server = createServer((request, response) => {
    request.on('data', () => {});
    request.on('end', () => {
      response.writeHead(202, ['content-length', '0']);
      response.end();
    });
  }).listen(0, '127.0.0.1', () => process.send!({ http: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
}

async function angariumServer(): Promise<void> {
  const { startTestServer } = await import('../../testkit/src/index.ts');
  const server = await startTestServer();
  await new Promise<unknown>(resolve => server.broker.spaces.get('default')!.declare('unread', { type: 'topic' }, resolve));
  process.send!({ http: server.http });
}

async function start(kind: string): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [import.meta.filename, kind], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ http }] = (await once(child, 'message')) as [{ http: string }];
  return { child, port: Number(new URL(http).port) };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function main(): Promise<void> {
  const bare = await start('bare');
  const angarium = await start('angarium');
  const targets: Target[] = [
    { name: 'bare node:http', port: bare.port, path: '/', fields: '' },
    // Nothing is stored for a topic without subscriptions: what is left is the head's own cost.
    { name: 'topic, unread', port: angarium.port, path: '/m/unread', fields: '' },
    { name: 'queue, not durable', port: angarium.port, path: '/m/fast', fields: 'angarium-durable: false\r\n' },
    { name: 'queue, durable', port: angarium.port, path: '/m/safe', fields: '' },
  ];
  const rates = targets.map((): number[] => []);
  for (const target of targets) await load(target);
  for (let round = 0; round < rounds; round++) for (const [i, target] of targets.entries()) rates[i]!.push(await load(target));
  const base = median(rates[0]!);
  for (const [i, { name }] of targets.entries())
    console.log(
      `${name.padEnd(20)} ${Math.round(median(rates[i]!)).toString().padStart(7)} requests/s  ${(median(rates[i]!) / base).toFixed(2)} of bare`,
    );
  bare.child.kill();
  angarium.child.kill();
}

if (process.argv[2] === 'bare') bareServer();
else if (process.argv[2] === 'angarium') await angariumServer();
else await main();
