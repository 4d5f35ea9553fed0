import { HEADER } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { isPerformative } from './transfer-reader.ts';

/**
 * Reads the header section (part 3, section 3.2.1) that a message may begin with, into its own fields:
 *
 *     00 53 70  c0 size count  durable         boolean  default false
 *                              priority        ubyte    default 4
 *                              ttl             milliseconds (uint)
 *                              first-acquirer  boolean  default false
 *                              delivery-count  uint     default 0
 */
export class HeaderReader {
  durable = false;
  priority = 4;
  /** Time to live in milliseconds; 0: none. */
  ttlMs = 0;
  firstAcquirer = false;
  deliveryCount = 0;
  /** The offset after the header section; where the message starts when it has none. */
  headerEnd = 0;
  readonly #fields = new FieldReader();

  /** Reads the beginning of the message in `bytes[start, end)`. Throws `AmqpDecodeError`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    if (!isPerformative(bytes, start, end, HEADER)) {
      this.durable = false;
      this.priority = 4;
      this.ttlMs = 0;
      this.firstAcquirer = false;
      this.deliveryCount = 0;
      this.headerEnd = start;
      return;
    }
    const fields = this.#fields;
    fields.begin(bytes, start, end);
    this.durable = fields.boolean(0) === 1;
    this.priority = fields.ubyte(4);
    this.ttlMs = fields.uint(0);
    this.firstAcquirer = fields.boolean(0) === 1;
    this.deliveryCount = fields.uint(0);
    fields.finish();
    this.headerEnd = fields.end;
  }
}
