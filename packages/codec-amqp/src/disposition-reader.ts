import { malformed } from './decode-error.ts';
import { DISPOSITION } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { type DeliveryState, deliveryStateField } from './performative/delivery-state.ts';
import { isPerformative } from './transfer-reader.ts';

/** Whether the performative in `bytes[start, end)` is a disposition. Never throws. */
export function isDisposition(bytes: Uint8Array, start: number, end: number): boolean {
  return isPerformative(bytes, start, end, DISPOSITION);
}

/**
 * Reads dispositions (part 2, section 2.7.6) one after the other into its own fields. Allocates nothing when the state is absent,
 * accepted or released: those two are always the same frozen objects, `STATE_ACCEPTED` and `STATE_RELEASED`.
 *
 *     00 53 15  c0 size count  role first last settled state batchable
 */
export class DispositionReader {
  /** True: the receiver's. */
  role = false;
  first = 0;
  /** `first` when it is absent. */
  last = 0;
  settled = false;
  state: DeliveryState | undefined = undefined;
  batchable = false;
  readonly #fields = new FieldReader();

  /** Reads the disposition in the frame body `bytes[start, end)`. Throws `AmqpDecodeError`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    const fields = this.#fields;
    if (fields.begin(bytes, start, end) !== DISPOSITION) throw malformed('this performative is no disposition');
    const role = fields.boolean(-1);
    if (role < 0) throw fields.missing('role');
    this.role = role === 1;
    const first = fields.uint(-1);
    if (first < 0) throw fields.missing('first');
    this.first = first;
    this.last = fields.uint(first);
    this.settled = fields.boolean(0) === 1;
    this.state = deliveryStateField(fields);
    this.batchable = fields.boolean(0) === 1;
    fields.finish();
  }
}
