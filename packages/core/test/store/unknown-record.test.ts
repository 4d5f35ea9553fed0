import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RECORD_DEFINE, RECORD_IN_UNIT, RECORD_STORE } from '../../src/store/records.ts';
import { RunningBroker } from '../support/running-broker.ts';

/** What a server says that starts on a log with this record at its end. */
function unknownAfter(kind: number, bytes: Uint8Array): string | undefined {
  const running = new RunningBroker();
  running.declare('q', { type: 'queue' });
  running.log.append(kind, bytes.length);
  running.log.buffer.set(bytes, running.log.offset);
  running.log.makeDurable();
  return unknownIn(running);
}

/** Asked of a broker that has replayed the log, before it begins. */
function unknownIn(running: RunningBroker): string | undefined {
  return running.crash().broker.unknown(new Set(['Rule']));
}

function definition(fields: object): Uint8Array {
  return Buffer.concat([Buffer.alloc(4), Buffer.from(JSON.stringify(fields))]);
}

/** A message for nobody, as version 1 has it. */
function message(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(28);
  change(bytes);
  return bytes;
}

describe('what a newer version has written is known to be unknown', () => {
  test('a log of this version has nothing unknown', () => {
    const running = new RunningBroker();
    running.declare('q', {
      type: 'queue',
      redelivery: { attemptsMax: 3, delayMs: 5 },
      diverts: [{ to: 'p', selector: 'a = 1' }],
      aliases: ['r'],
    });
    running.space.plans.put('plan', { duplicates: { windowMs: 1 }, retention: { ageMs: 1 } }, () => {});
    running.space.notes.put('note', { anything: { goes: 1 } });
    running.declare('topic', { type: 'topic' });
    running.consumer('topic', { subscription: { name: 's', durable: true, shared: true }, pattern: 'topic/#' });
    running.producer('q').send('m', { durable: true });
    running.run();
    assert.equal(unknownIn(running), undefined);
    assert.equal(
      unknownAfter(
        RECORD_STORE,
        message(() => {}),
      ),
      undefined,
    );
  });

  test('a kind of record, in a unit and outside', () => {
    assert.equal(unknownAfter(37, new Uint8Array(8)), 'a record of kind 37');
    assert.equal(unknownAfter(37 | RECORD_IN_UNIT, new Uint8Array(8)), 'a record of kind 37');
  });

  test('flags and encodings of messages', () => {
    const flagged = message(bytes => {
      bytes[0] = 0x81;
    });
    assert.equal(unknownAfter(RECORD_STORE, flagged), 'a message with the flags 128');
    const extended = message(bytes => {
      bytes[3] = 1;
    });
    assert.equal(unknownAfter(RECORD_STORE, extended), 'a message with the flags 256');
    const foreign = message(bytes => {
      bytes[1] = 2;
    });
    assert.equal(unknownAfter(RECORD_STORE, foreign), 'a message of encoding 2');
  });

  test('a kind of definition', () => {
    const fields = { id: 77, kind: 'ledger', space: 'default', name: 'books' };
    assert.equal(unknownAfter(RECORD_DEFINE, definition(fields)), 'a definition of kind "ledger" (77)');
    assert.equal(unknownAfter(RECORD_DEFINE, definition({ ...fields, kind: 'toString' })), 'a definition of kind "toString" (77)');
  });

  test('a kind of document', () => {
    const document = (resource: string): Uint8Array =>
      definition({ id: 77, kind: 'resource', space: 'default', resource, name: 'n', metadata: {}, spec: { anything: { goes: 1 } } });
    assert.equal(unknownAfter(RECORD_DEFINE, document('Rule')), undefined);
    assert.equal(unknownAfter(RECORD_DEFINE, document('Ledger')), 'a document of the kind "Ledger"');
  });

  test('a field of a definition, of a specification, and within', () => {
    const address = { id: 77, kind: 'address', space: 'default', name: 'a', spec: { type: 'queue' } };
    const said = (fields: object): string | undefined => unknownAfter(RECORD_DEFINE, definition({ ...address, ...fields }));
    assert.equal(said({ colour: 'red' }), 'a field "colour" of the address "a"');
    assert.equal(said({ spec: { type: 'queue', colour: 'red' } }), 'a field "spec.colour" of the address "a"');
    assert.equal(said({ spec: { type: 'queue', redelivery: { unit: 's' } } }), 'a field "spec.redelivery.unit" of the address "a"');
    assert.equal(
      said({ spec: { type: 'queue', diverts: [{ to: 'b' }, { to: 'c', share: 0.5 }] } }),
      'a field "spec.diverts.share" of the address "a"',
    );
    assert.equal(
      unknownAfter(RECORD_DEFINE, definition({ id: 77, kind: 'retained', space: 'default', max: 5 })),
      'a field "max" of the retained 77',
    );
  });
});
