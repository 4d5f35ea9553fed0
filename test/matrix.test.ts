import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ADDRESS_TYPES, type AddressType } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { declare } from '../packages/head-http/test/support/http-client.ts';
import { KINDS, type Kind } from './matrix/kinds.ts';
import { type Field, type Letter, PROTOCOLS, type Protocol, survives } from './matrix/letter.ts';
import { RECEIVERS } from './matrix/receivers.ts';
import { everySender, type LetterSender, sendStructuredEvent } from './matrix/senders.ts';

const TIMEOUT_MS = 150_000;
/** A message takes no longer than this from its sender to its receiver. */
const TRANSIT_MS_MAX = 30_000;
/** MQTT rounds times up to whole seconds. */
const TTL_GRAIN_MS = 1000;

/** Says what a letter has lost on its way. */
function losses(sent: Letter, heard: Letter, from: Protocol, to: Protocol): string[] {
  const lost: string[] = [];
  for (const field of Object.keys(sent) as Field[]) {
    if (!survives(field, from, to) || same(field, sent, heard)) continue;
    lost.push(`${field}: ${shown(sent[field])} came as ${shown(heard[field])}`);
  }
  return lost;
}

function same(field: Field, sent: Letter, heard: Letter): boolean {
  switch (field) {
    case 'body':
      return sent.body.equals(heard.body);
    case 'ttl':
      return heard.ttl !== undefined && heard.ttl <= sent.ttl! + TTL_GRAIN_MS && heard.ttl > sent.ttl! - TRANSIT_MS_MAX;
    case 'correlationId':
      // Correlation data of MQTT is bytes; a text's are those of its UTF-8.
      return Buffer.from(sent.correlationId as string).equals(Buffer.from((heard.correlationId ?? '') as string));
    case 'properties':
      return sameProperties(sent.properties!, heard.properties ?? []);
    case 'context':
    case 'event':
      return Object.entries(sent[field]!).every(([name, value]) => (heard[field] as Record<string, string> | undefined)?.[name] === value);
    default:
      return sent[field] === heard[field];
  }
}

/** Properties of one name keep their order; where a name can be there once, the last value counts. */
function sameProperties(sent: NonNullable<Letter['properties']>, heard: NonNullable<Letter['properties']>): boolean {
  const values = (from: typeof sent, name: string): string[] => from.filter(([each]) => each === name).map(([, value]) => value);
  return sent.every(([name]) => {
    const [want, got] = [values(sent, name), values(heard, name)];
    return got.length === 1 ? got[0] === want.at(-1) : got.join('\n') === want.join('\n');
  });
}

function shown(value: unknown): string {
  return value instanceof Buffer ? `${value.length} bytes ${value.subarray(0, 16).toString('hex')}` : JSON.stringify(value);
}

describe('a message sent over one protocol arrives over any other with all that both can say', {
  timeout: TIMEOUT_MS,
  concurrency: 1,
}, () => {
  let server: TestServer;
  let senders: ReadonlyMap<Protocol, LetterSender>;

  before(async () => {
    server = await startTestServer();
    senders = await everySender(server);
  });
  after(async () => {
    for (const sender of senders.values()) await sender[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function pair(type: AddressType, from: Protocol, to: Protocol): Promise<string[]> {
    const address = `${type}-${from}-${to}`;
    await declare(server, address, { type });
    await using receiver = await RECEIVERS[to](server, address);
    const lost: string[] = [];
    for (const kind of KINDS) {
      if (kind.from?.includes(from) === false) continue;
      const sending = senders.get(from)!.send(address, kind.letter);
      const heard = await receiver.next();
      await sending;
      for (const words of losses(kind.letter, heard, from, to)) lost.push(`${kind.name}: ${words}`);
      if (kind.letter.event && from === 'http') lost.push(...(await structured(kind, address, receiver)));
    }
    return lost;
  }

  /** An event in structured mode is a message like any other, whose body is the event. */
  async function structured({ letter }: Kind, address: string, receiver: { next(): Promise<Letter> }): Promise<string[]> {
    const event = { ...letter.event, datacontenttype: letter.contentType, data: JSON.parse(letter.body.toString()) as unknown };
    const sending = sendStructuredEvent(server, address, event);
    const heard = await receiver.next();
    await sending;
    const body = JSON.parse(heard.body.toString()) as unknown;
    try {
      assert.deepEqual(body, event);
      return [];
    } catch {
      return [`a structured CloudEvent: came as ${heard.body.toString()}`];
    }
  }

  for (const type of Object.keys(ADDRESS_TYPES) as AddressType[]) {
    for (const from of PROTOCOLS) {
      test(`${type}, from ${from}`, async () => {
        const lost = await Promise.all(PROTOCOLS.map(async to => (await pair(type, from, to)).map(words => `to ${to}: ${words}`)));
        assert.deepEqual(lost.flat(), []);
      });
    }
  }

  test('a content type that AMQP cannot say since it is not ASCII is a property there', async () => {
    await declare(server, 'foreign-type', { type: 'queue' });
    await using receiver = await RECEIVERS.amqp(server, 'foreign-type');
    await senders.get('mqtt5')!.send('foreign-type', { body: Buffer.from('x'), contentType: 'text/grün' });
    assert.deepEqual((await receiver.next()).properties, [['content-type', 'text/grün']]);
  });
});
