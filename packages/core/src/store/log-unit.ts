import type { Confirmation } from '../delivery/delivery.ts';
import type { Report } from '../report.ts';
import type { Log, LogPosition, RecordView } from './log.ts';
import { RECORD_IN_UNIT, RECORD_UNIT_END, RECORD_UNIT_VOID } from './records.ts';

/** Somebody with settlements that are written at the end of a turn, or with the unit that they are part of. */
export interface Settling {
  recordSettled(): void;
}

/** What is being written to count together: after a crash all of it is there, or nothing. A unit within a unit is part of it. */
export class WrittenUnit {
  #depth = 0;
  /** Who waits for something in the unit: it is safe only with the unit's end. */
  #waits: { waiter: Confirmation; token: number }[] = [];
  readonly #settling = new Set<Settling>();
  /** Records that are not needed once the unit is whole: pairs of position and size. */
  #released: number[] = [];

  get open(): boolean {
    return this.#depth > 0;
  }

  begin(): void {
    this.#depth++;
  }

  /** `whenDurable` is asked for those who waited for the unit. */
  end(log: Log, whenDurable: (waiter: Confirmation, token: number) => void): void {
    if (this.#depth === 1) for (const each of this.#settling) each.recordSettled();
    if (--this.#depth > 0) return;
    this.#settling.clear();
    log.append(RECORD_UNIT_END, 0);
    const released = this.#released;
    if (released.length > 0) this.#released = [];
    for (let i = 0; i < released.length; i += 2) log.release(released[i]!, released[i + 1]!);
    const waits = this.#waits;
    if (waits.length === 0) return;
    this.#waits = [];
    for (const { waiter, token } of waits) whenDurable(waiter, token);
  }

  /** The waiter is told when the unit is on disk; there must be one. */
  wait(waiter: Confirmation, token: number): void {
    this.#waits.push({ waiter, token });
  }

  /** The record is needed until the unit is on disk: a torn one leaves everything as it was. */
  release(position: LogPosition, sizeBytes: number): void {
    this.#released.push(position, sizeBytes);
  }

  /** Its settlements are part of the unit, if there is one. */
  settling(each: Settling): void {
    if (this.#depth > 0) this.#settling.add(each);
  }
}

type Apply = (position: LogPosition, record: RecordView) => void;

/** Records that a replay has found, and that count only with the end of their unit. */
export class ReplayedUnit {
  #records: { position: LogPosition; record: RecordView }[] = [];

  /** Takes the next record of the log; those that count are applied, in their order. */
  take(position: LogPosition, record: RecordView, apply: Apply): void {
    if ((record.kind & RECORD_IN_UNIT) !== 0) {
      const { kind, bytes, start, end } = record;
      this.#records.push({
        position,
        record: { kind: kind & ~RECORD_IN_UNIT, bytes: bytes.slice(start, end), start: 0, end: end - start },
      });
      return;
    }
    if (this.#records.length > 0) {
      const records = this.#records;
      this.#records = [];
      // Whatever comes after a unit tells that all of it was written, if one of its records is damaged now.
      if (record.kind !== RECORD_UNIT_VOID) for (const each of records) apply(each.position, each.record);
    }
    if (record.kind !== RECORD_UNIT_END && record.kind !== RECORD_UNIT_VOID) apply(position, record);
  }

  /** The replay is over. Where it ended within a unit, what follows must not be taken for the rest of that. */
  end(log: Log, report: Report): void {
    if (this.#records.length === 0) return;
    report({ level: 'warn', what: 'the log ends within a unit, which counts as never written', records: this.#records.length });
    this.#records = [];
    log.append(RECORD_UNIT_VOID, 0);
    log.sync();
  }
}
