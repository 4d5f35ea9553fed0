import { parentPort, workerData } from 'node:worker_threads';
import rhea, { type Connection, type EventContext } from 'rhea';
import type { NeighbourReport, NeighbourWish } from './neighbour.ts';
import type { Target } from './raw-socket.ts';

/** The thread of a `Neighbour`: one message at a time through a queue and back, each in its turn, for as long as it lives. */
const ADDRESS = 'neighbour';
const LATENCIES_MAX = 1_000_000;

const { host, port } = workerData as Target;
const latenciesMs = new Float64Array(LATENCIES_MAX);
const problems: string[] = [];
let rounds = 0;
let next = 0;
let accepted = 0;
let sentAtMs = 0;
let leaving = false;

const connection: Connection = rhea.create_container({ id: 'neighbour' }).connect({ host, port, reconnect: false });
const receiver = connection.open_receiver({ source: ADDRESS, credit_window: 10 });
const sender = connection.open_sender(ADDRESS);

function send(): void {
  sentAtMs = performance.now();
  sender.send({ body: next });
}

sender.once('sendable', send);
sender.on('accepted', () => accepted++);
for (const event of ['rejected', 'released', 'modified']) sender.on(event, () => problems.push(`message ${next} was ${event}`));
receiver.on('message', (context: EventContext) => {
  const body: unknown = context.message?.body;
  if (body !== next) problems.push(`message ${String(body)} came where ${next} was due`);
  if (rounds < LATENCIES_MAX) latenciesMs[rounds] = performance.now() - sentAtMs;
  rounds++;
  next++;
  if (next === 1) parentPort!.postMessage('ready');
  // The next one in another turn of the loop, so that nobody's turn is filled by this one.
  setImmediate(send);
});
connection.on('disconnected', () => {
  if (!leaving) problems.push('the connection was lost');
});
for (const event of ['connection_error', 'session_error', 'sender_error', 'receiver_error'])
  connection.on(event, (context: EventContext) => problems.push(`${event}: ${String(context.error ?? context.connection.error)}`));

parentPort!.on('message', (wish: NeighbourWish) => {
  if (wish === 'leave') {
    leaving = true;
    connection.close();
    parentPort!.close();
    return;
  }
  const sorted = latenciesMs.slice(0, Math.min(rounds, LATENCIES_MAX)).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const report: NeighbourReport = {
    rounds,
    accepted,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    waitingMs: performance.now() - sentAtMs,
    problems: problems.splice(0),
  };
  rounds = 0;
  accepted = 0;
  parentPort!.postMessage(report);
});
