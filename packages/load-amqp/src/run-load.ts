import { LoadConnection } from './load-connection.ts';
import { checkLoadOptions, LOAD_LIMITS, type LoadOptions } from './load-options.ts';
import type { LoadResult } from './load-result.ts';
import { LoadRun } from './load-run.ts';
import { runPing } from './run-ping.ts';

/**
 * Puts one load on one server and reports what came of it. Whatever goes wrong on the way (no connection, a refusal, a close, silence)
 * stands in `errors` in words, with the figures up to then; only options that make no sense are thrown (RangeError).
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  checkLoadOptions(options);
  const run = new LoadRun(options);
  let idle: LoadResult['idle'];
  try {
    switch (options.mode) {
      case 'flow':
        await runFlow(run);
        break;
      case 'fill':
        await runFill(run);
        break;
      case 'drain':
        await runDrain(run);
        break;
      case 'ping':
        await runPing(run);
        break;
      case 'idle':
        idle = await runIdle(run);
        break;
    }
  } finally {
    await run.close();
  }
  return run.result(options.mode === 'flow' && options.receivers > 0 ? lostOf(run) : 0, idle);
}

function senders(run: LoadRun): LoadConnection[] {
  const { senders, address } = run.options;
  return Array.from({ length: senders }, (_, i) => new LoadConnection(run, `sender ${i + 1}`, { sendTo: address }));
}

function receivers(run: LoadRun): LoadConnection[] {
  const { receivers, address } = run.options;
  return Array.from({ length: receivers }, (_, i) => new LoadConnection(run, `receiver ${i + 1}`, { receiveFrom: [address] }));
}

async function runFlow(run: LoadRun): Promise<void> {
  const { options, tally } = run;
  const receiving = receivers(run);
  if (!(await run.open(receiving))) return;
  run.receiving = true;
  for (const receiver of receiving) receiver.giveCredit();
  if (!(await run.open(senders(run)))) return;
  const timed = options.seconds !== undefined;
  const warmUp = options.warmUpSeconds ?? (timed ? 1 : 0);
  const all = (): boolean => options.count !== undefined && tally.sent >= options.count && arrived(run);
  run.sending = true;
  if (warmUp > 0) {
    run.wakeSenders();
    await run.untilMoving(all, warmUp);
  }
  if (run.stopped) return;
  run.beginMeasure();
  run.wakeSenders();
  await run.untilMoving(all, options.seconds ?? ENDLESS_SECONDS);
  run.endMeasure();
  run.sending = false;
  await run.until(() => arrived(run), Math.min(LOAD_LIMITS.settleSeconds, options.stallSeconds ?? LOAD_LIMITS.settleSeconds));
}

/** With a count and no time the stall limit is what ends a run. Timers take 24 days at most. */
const ENDLESS_SECONDS = 20 * 86400;

/** Whether everything that was sent has its outcome, and has reached the receivers. */
function arrived(run: LoadRun): boolean {
  const { options, tally } = run;
  if (!options.settled && tally.acknowledged + tally.refused < tally.sent) return false;
  return options.receivers === 0 || tally.received >= (tally.sent - tally.refused) * run.copies;
}

function lostOf(run: LoadRun): number {
  const { tally } = run;
  const expected = (run.options.settled ? tally.sent : tally.acknowledged) * run.copies;
  // A refusal after the receiver had it (modified, released) is counted twice by some servers, so that more is no loss.
  const extra = tally.received - tally.sent * run.copies;
  if (extra > 0) run.note(`${extra} more deliveries than messages sent: the address was not empty, or it delivered twice`);
  return Math.max(0, expected - tally.received);
}

async function runFill(run: LoadRun): Promise<void> {
  const { options, tally } = run;
  if (!(await run.open(senders(run)))) return;
  const count = options.count!;
  run.sending = true;
  run.beginMeasure();
  run.wakeSenders();
  const seconds = options.seconds ?? LOAD_LIMITS.fillSeconds;
  const done = (): boolean => tally.sent >= count && (options.settled || tally.acknowledged + tally.refused >= tally.sent);
  await run.untilMoving(done, seconds, () => `${tally.acknowledged} of ${count} messages were acknowledged in ${seconds} s`);
  run.endMeasure();
}

async function runDrain(run: LoadRun): Promise<void> {
  const { options, tally } = run;
  const receiving = receivers(run);
  if (!(await run.open(receiving))) return;
  const count = options.count!;
  run.receiving = true;
  run.beginMeasure();
  for (const receiver of receiving) receiver.giveCredit();
  const seconds = options.seconds ?? LOAD_LIMITS.fillSeconds;
  await run.untilMoving(
    () => tally.received >= count,
    seconds,
    () => `${tally.received} of ${count} messages came in ${seconds} s`,
  );
  run.endMeasure();
}

async function runIdle(run: LoadRun): Promise<LoadResult['idle']> {
  const { options } = run;
  const startMs = performance.now();
  const links = options.linksPerConnection ?? 1;
  const connections = Array.from({ length: options.idleConnections ?? 1 }, (_, i) => {
    const addresses = Array.from({ length: links }, (_, j) => `${options.address}.${i}.${j}`);
    return new LoadConnection(run, `connection ${i + 1}`, { receiveFrom: addresses });
  });
  const opened = await run.open(connections);
  const openSeconds = (performance.now() - startMs) / 1000;
  if (opened) {
    run.receiving = true;
    for (const connection of connections) connection.giveCredit();
    run.beginMeasure();
    await run.until(() => false, options.seconds ?? 0);
    run.endMeasure();
  }
  const ready = connections.filter(one => one.ready).length;
  return { connections: ready, links: ready * links, openSeconds };
}
