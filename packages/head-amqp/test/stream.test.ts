import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import rhea, { type ConnectionOptions, type EventContext, type Receiver } from 'rhea';
import { RheaClient, said, send } from './support/rhea-client.ts';

const STREAM = { capabilities: ['stream'] };
const BY_HAND = { credit_window: 0, autoaccept: false };

interface Read {
  readonly offset: number;
  readonly body: unknown;
}

/** Gives credit for so many messages, and answers them; those below `settled` are accepted. */
async function read(receiver: Receiver, count: number, settled = count): Promise<Read[]> {
  const found: Read[] = [];
  const all = new Promise<void>(resolve => {
    receiver.on('message', ({ message, delivery }: EventContext) => {
      found.push({ offset: message!.message_annotations!['x-stream-offset'] as number, body: message!.body });
      if (found.length <= settled) delivery!.accept();
      if (found.length === count) resolve();
    });
  });
  receiver.add_credit(count);
  await Promise.race([all, said(receiver, 'receiver_error')]);
  receiver.removeAllListeners('message');
  return found;
}

describe('streams over AMQP', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  async function fill(client: RheaClient, address: string, bodies: readonly string[]): Promise<void> {
    const sender = await client.sender({ address, ...STREAM });
    for (const body of bodies) assert.equal((await send(sender, { body, durable: true })).outcome, 'accepted');
  }

  function from(value: unknown, name = 'rabbitmq:stream-offset-spec'): object {
    return { [name]: rhea.types.wrap_described(value, name) };
  }

  test('a reader begins where its filter says, and each message tells its offset', async () => {
    await using client = await RheaClient.connect(server);
    await fill(client, 'where', ['zero', 'one', 'two', 'three']);
    const all = ['zero', 'one', 'two', 'three'].map((body, offset) => ({ offset, body }));
    const beginnings: readonly [unknown, number][] = [
      ['first', 0],
      ['last', 3],
      [rhea.types.wrap_long(2), 2],
      [rhea.types.wrap_ulong(1), 1],
      ['3', 3],
      [rhea.types.wrap_timestamp(0), 0],
      ['1h', 0],
    ];
    for (const name of ['rabbitmq:stream-offset-spec', 'angarium:stream-offset'])
      for (const [value, first] of beginnings) {
        const receiver = await client.receiver({ address: 'where', filter: from(value, name) }, BY_HAND);
        assert.ok(receiver.source.filter?.[name], 'the filter is in force');
        assert.deepEqual(await read(receiver, 4 - first), all.slice(first));
        receiver.close();
      }
  });

  test('a reader that says nothing gets what comes from then on, and takes it from nobody', async () => {
    await using client = await RheaClient.connect(server);
    await fill(client, 'next', ['before']);
    const one = await client.receiver('next', BY_HAND);
    const other = await client.receiver({ address: 'next', filter: from('next') }, BY_HAND);
    assert.equal((one.source as { distribution_mode?: string }).distribution_mode, 'copy');
    const both = Promise.all([read(one, 1), read(other, 1)]);
    await fill(client, 'next', ['after']);
    const wanted = [{ offset: 1, body: 'after' }];
    assert.deepEqual(await both, [wanted, wanted]);
  });

  test('a filter that is no place in a stream is refused, and one at a queue is not in force', async () => {
    await using client = await RheaClient.connect(server);
    for (const value of ['tomorrow', rhea.types.wrap_long(-1), true]) {
      const receiver = client.connection.open_receiver({ source: { address: 'refused', filter: from(value) } } as never);
      const { receiver: closed } = await said(receiver, 'receiver_error');
      assert.equal((closed!.error as { condition: string }).condition, 'amqp:invalid-field');
    }
    const receiver = await client.receiver({ address: 'a-queue', capabilities: ['queue'], filter: from('first') });
    assert.equal(receiver.source.filter ?? undefined, undefined);
  });

  test('a selector and a beginning hold together', async () => {
    await using client = await RheaClient.connect(server);
    const sender = await client.sender({ address: 'both', ...STREAM });
    for (let i = 0; i < 10; i++) await send(sender, { body: i, application_properties: { even: i % 2 === 0 } });
    const filter = { ...from(rhea.types.wrap_long(3)), ...rhea.filter.selector('even') };
    const receiver = await client.receiver({ address: 'both', filter }, BY_HAND);
    assert.deepEqual(
      (await read(receiver, 3)).map(({ offset }) => offset),
      [4, 6, 8],
    );
  });

  test('the offset takes its place among the annotations of a message, and in one of many frames', async () => {
    await using client = await RheaClient.connect(server);
    const sender = await client.sender({ address: 'annotated', ...STREAM });
    const body = 'x'.repeat(3_000_000);
    await send(sender, { body: 'short', message_annotations: { 'x-stream-offset': 99, 'x-other': 'stays' } });
    await send(sender, { body, delivery_annotations: { 'x-hop': 1 } });
    await send(sender, { body });
    const receiver = await client.receiver({ address: 'annotated', filter: from('first') }, BY_HAND);
    const first = said(receiver, 'message');
    receiver.add_credit(1);
    const { message } = await first;
    assert.deepEqual({ ...message!.message_annotations }, { 'x-stream-offset': 0, 'x-other': 'stays' });
    assert.deepEqual(await read(receiver, 2), [
      { offset: 1, body },
      { offset: 2, body },
    ]);
  });

  test('a durable reader goes on behind what it has settled, after it was lost and after a restart', async () => {
    await using folder = await temporaryFolder();
    let first: TestServer | undefined = await startTestServer({ http: 'off', dataDir: folder.path });
    const source = { address: 'kept', ...STREAM, durable: 2, expiry_policy: 'never', filter: from('first') };
    const options = { container_id: 'reader' } as ConnectionOptions;
    const resumed = async (running: TestServer, settled: number): Promise<unknown[]> => {
      const client = await RheaClient.connect(running, options);
      const receiver = await client.receiver(source, { name: 'kept', ...BY_HAND });
      const found = await read(receiver, 3, settled);
      await client[Symbol.asyncDispose]();
      return found.map(({ body }) => body);
    };
    try {
      const client = await RheaClient.connect(first);
      await fill(client, 'kept', ['a', 'b', 'c', 'd', 'e', 'f']);
      await client[Symbol.asyncDispose]();
      assert.deepEqual(await resumed(first, 2), ['a', 'b', 'c']);
      assert.deepEqual(await resumed(first, 1), ['c', 'd', 'e']);
      await first.stop();
      first = await startTestServer({ http: 'off', dataDir: folder.path });
      assert.deepEqual(await resumed(first, 3), ['d', 'e', 'f']);
    } finally {
      await first?.stop();
    }
  });
});
