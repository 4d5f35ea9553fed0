import { LoadConnection } from './load-connection.ts';
import { LOAD_LIMITS } from './load-options.ts';
import type { LoadRun } from './load-run.ts';

/** The asker sends to `<address>.a` and hears from `<address>.b`; the answerer does the reverse. Two passes through the server a round. */
export async function runPing(run: LoadRun): Promise<void> {
  const { options, latency, tally } = run;
  const request = `${options.address}.a`;
  const reply = `${options.address}.b`;
  const asker = new LoadConnection(run, 'asker', { sendTo: request, receiveFrom: [reply] });
  const answerer = new LoadConnection(run, 'answerer', { sendTo: reply, receiveFrom: [request] });
  if (!(await run.open([asker, answerer]))) return;
  const delivered = new Map([
    [asker, 0],
    [answerer, 0],
  ]);
  let rounds = 0;
  let measuring = false;
  let measuredRounds = 0;
  let askedMs = 0;
  const over = (): boolean => run.stopped || (options.count !== undefined && measuredRounds >= options.count);
  const ask = (): void => {
    askedMs = performance.now();
    asker.outgoing!.owed++;
  };
  run.afterRead = connection => {
    const now = connection.incoming[0]!.deliveryCount;
    const more = now - delivered.get(connection)!;
    delivered.set(connection, now);
    if (more === 0) return;
    if (connection === answerer) {
      answerer.outgoing!.owed += more;
      return;
    }
    latency.record((performance.now() - askedMs) * 1000);
    rounds++;
    if (measuring) measuredRounds++;
    if (!over()) ask();
  };
  run.receiving = true;
  for (const connection of [asker, answerer]) {
    delivered.set(connection, connection.incoming[0]!.deliveryCount);
    connection.giveCredit();
  }
  const credit = (): boolean => asker.outgoing!.credit > 0 && answerer.outgoing!.credit > 0;
  if (
    !(await run.until(
      credit,
      options.stallSeconds ?? LOAD_LIMITS.stallSeconds,
      () => `no credit to ping with: ${asker.state()}, ${answerer.state()}`,
    ))
  )
    return;
  const warmUp = options.warmUpSeconds ?? (options.seconds === undefined ? 0 : 1);
  if (warmUp > 0) {
    ask();
    run.wakeSenders();
    await run.untilMoving(() => false, warmUp);
    if (run.stopped) return;
  }
  measuring = true;
  run.beginMeasure();
  if (warmUp === 0) ask();
  run.wakeSenders();
  await run.untilMoving(over, options.seconds ?? 86400);
  run.endMeasure();
  measuring = false;
  if (rounds === 0) run.note(`no answer came (${tally.sent} requests sent)`);
}
