import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** One block, in which a place and a mark that it is one are enciphered: without the key all ids are equally likely. */
const CIPHER = 'aes-128-ecb';
const KEY_BYTES = 16;
const BLOCK_BYTES = 16;
/** Half a block, which a text that somebody made up has with the odds of one to 2^64. */
const MARK = 0x616e_6761_7269_756dn;

/**
 * Names of the places of events that say nothing of their order to who reads them: with numbers in their place, those between the ones that one may see would count
 * what others do.
 */
export class EventIds {
  readonly key: Uint8Array;

  constructor(key: Uint8Array = randomBytes(KEY_BYTES)) {
    this.key = key;
  }

  idOf(place: number): string {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.writeBigInt64BE(BigInt(place), 0);
    block.writeBigUInt64BE(MARK, 8);
    return createCipheriv(CIPHER, this.key, null).setAutoPadding(false).update(block).toString('base64url');
  }

  /** Undefined: it is no id of ours. */
  placeOf(id: string): number | undefined {
    const block = Buffer.from(id, 'base64url');
    if (block.length !== BLOCK_BYTES) return undefined;
    const plain = createDecipheriv(CIPHER, this.key, null).setAutoPadding(false).update(block);
    return plain.readBigUInt64BE(8) === MARK ? Number(plain.readBigInt64BE(0)) : undefined;
  }
}
