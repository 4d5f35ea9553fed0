import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packetsOf, VERSIONS } from './arbitraries.ts';
import { decoded, encoded } from './expect.ts';
import { foreignCan, foreignReads, foreignWrites, fromForeign, inForeignOrder, toForeign } from './oracle.ts';

for (const version of VERSIONS) {
  for (const [kind, anyPacket] of packetsOf(version)) {
    test(`version ${version}: mqtt-packet reads any ${kind} as we write it`, () => {
      fc.assert(
        fc.property(anyPacket.filter(foreignCan), packet => {
          const read = fromForeign(foreignReads(encoded(packet, version), version), version);
          assert.deepEqual(inForeignOrder(read), inForeignOrder(packet));
        }),
        { numRuns: 60 },
      );
    });

    test(`version ${version}: we read any ${kind} as mqtt-packet writes it`, () => {
      fc.assert(
        fc.property(anyPacket.filter(foreignCan), packet => {
          const stream = foreignWrites(toForeign(packet, version), version);
          assert.deepEqual(inForeignOrder(decoded(stream, version)), inForeignOrder(packet));
        }),
        { numRuns: 60 },
      );
    });
  }
}
