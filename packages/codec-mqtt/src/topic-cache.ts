import { decodeText } from './text.ts';

/** Longer topics are decoded each time, so that a cache has no more than this many bytes an entry. */
export const CACHED_TOPIC_BYTES_MAX = 256;

/**
 * Strings of topic names that come again and again, by their bytes: finding one takes a third of decoding it, and it is the same object
 * as before, so that a `Map` finds it without looking at its characters. Each name has one place, and the last one that came has it;
 * the memory is `places` times the longest name at most.
 */
export class TopicCache {
  readonly #mask: number;
  readonly #names: string[];
  readonly #bytes: Uint8Array[];

  /** `places` is a power of two. */
  constructor(places = 1024) {
    if (places < 1 || (places & (places - 1)) !== 0) throw new RangeError(`${places} places are no power of two`);
    this.#mask = places - 1;
    this.#names = Array(places).fill('');
    this.#bytes = Array(places).fill(EMPTY);
  }

  /** The topic in `bytes[start, end)`. Throws `MqttDecodeError` as `decodeText` does. */
  text(bytes: Uint8Array, start: number, end: number): string {
    const size = end - start;
    if (size > CACHED_TOPIC_BYTES_MAX) return decodeText(bytes, start, end);
    let hash = size;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
    // The lower bits of the sum depend on the last characters only.
    const place = (hash ^ (hash >>> 15)) & this.#mask;
    if (isEqual(this.#bytes[place]!, bytes, start, size)) return this.#names[place]!;
    const name = decodeText(bytes, start, end);
    this.#names[place] = name;
    const copy = new Uint8Array(size);
    copy.set(bytes.subarray(start, end));
    this.#bytes[place] = copy;
    return name;
  }
}

const EMPTY = new Uint8Array(0);

function isEqual(kept: Uint8Array, bytes: Uint8Array, start: number, size: number): boolean {
  if (kept.length !== size) return false;
  for (let index = 0; index < size; index++) if (kept[index] !== bytes[start + index]) return false;
  return true;
}
