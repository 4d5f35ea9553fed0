import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { HISTORY_CHANGES_MAX } from '../../src/resources/change-history.ts';
import { ADDRESSES, assertProblem, call } from '../support/call-api.ts';

const API = '/apis/angarium.dev/v1';
const PLANS = `${API}/addressspaceplans`;

interface Event {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
    readonly spec?: { readonly displayName?: string };
    readonly reason?: string;
  };
}

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());

/** A client that watches. */
class Watcher implements AsyncDisposable {
  readonly answer: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(answer: IncomingMessage) {
    this.answer = answer;
    this.#lines = createInterface({ input: answer })[Symbol.asyncIterator]();
  }

  /** undefined: the server has ended it. */
  async next(): Promise<Event | undefined> {
    const { done, value } = await this.#lines.next();
    return done ? undefined : (JSON.parse(value) as Event);
  }

  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    for (let i = 0; i < count; i++) {
      const event = await this.next();
      taken.push(`${event?.type} ${event?.object.metadata.name}`);
    }
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.answer.destroy();
  }
}

async function open(path: string): Promise<IncomingMessage> {
  const sent = request(new URL(path, server.http), { agent: false, signal: AbortSignal.timeout(60_000) });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  return answer;
}

async function watch(path: string): Promise<Watcher> {
  return new Watcher(await open(path));
}

const put = (path: string, spec: object, labels = {}) => call(server, 'PUT', path, { body: { metadata: { labels }, spec } });

async function version(): Promise<string> {
  const { body } = await call(server, 'GET', `${PLANS}?limit=1`);
  return (body.metadata as { resourceVersion: string }).resourceVersion;
}

/** Many changes at once, as fast as the core takes them. */
function change(name: string, displayName: string): void {
  server.broker.resources.put('AddressSpacePlan', '', name, { displayName }, {}, () => {});
}

describe('a watch', () => {
  test('tells what is there, and then each change as it comes', async () => {
    await put(`${PLANS}/a`, {});
    await using watcher = await watch(`${PLANS}?watch=true&allowWatchBookmarks=true`);
    assert.equal(watcher.answer.headers['content-type'], 'application/json;stream=watch');
    assert.deepEqual(await watcher.take(1), ['ADDED a']);
    assert.equal((await watcher.next())?.type, 'BOOKMARK');
    await put(`${PLANS}/b`, {});
    await put(`${PLANS}/b`, { displayName: 'B' });
    await call(server, 'DELETE', `${PLANS}/b`);
    const events = [await watcher.next(), await watcher.next(), await watcher.next()];
    assert.deepEqual(
      events.map(event => [event?.type, event?.object.metadata.name, event?.object.spec?.displayName]),
      [
        ['ADDED', 'b', undefined],
        ['MODIFIED', 'b', 'B'],
        ['DELETED', 'b', 'B'],
      ],
    );
    const versions = events.map(event => Number(event?.object.metadata.resourceVersion));
    assert.deepEqual(
      versions,
      versions.toSorted((one, other) => one - other),
    );
  });

  test('goes on from a version that a list or an event has told, and leaves nothing out', async () => {
    const resourceVersion = await version();
    await put(`${PLANS}/c`, {});
    await call(server, 'DELETE', `${PLANS}/c`);
    await using watcher = await watch(`${PLANS}?watch=true&resourceVersion=${resourceVersion}`);
    const added = await watcher.next();
    assert.equal(added?.type, 'ADDED');
    await using second = await watch(`${PLANS}?watch=true&resourceVersion=${added?.object.metadata.resourceVersion}`);
    assert.deepEqual(await second.take(1), ['DELETED c']);
  });

  test('tells of addresses and their plans, and of those alone that are selected', async () => {
    const resourceVersion = await version();
    await using watcher = await watch(`${ADDRESSES}?watch=true&resourceVersion=${resourceVersion}&labelSelector=team%3Dred`);
    await put(`${ADDRESSES}/blue`, { type: 'queue' }, { team: 'blue' });
    await put(`${ADDRESSES}/red`, { type: 'queue' }, { team: 'red' });
    await put(`${ADDRESSES}/red`, { type: 'queue', messagesMax: 1 }, { team: 'red' });
    await call(server, 'DELETE', `${ADDRESSES}/red`);
    assert.deepEqual(await watcher.take(3), ['ADDED red', 'MODIFIED red', 'DELETED red']);
  });

  test('of a version that is too old, or of none, is answered with 410', async () => {
    assertProblem(await call(server, 'GET', `${PLANS}?watch=true&resourceVersion=1`), 410, 'version-gone');
    assertProblem(await call(server, 'GET', `${PLANS}?watch=true&resourceVersion=9999999999999999`), 410, 'version-gone');
    assertProblem(await call(server, 'GET', `${PLANS}?watch=true&resourceVersion=x`), 400, 'request-invalid');
  });

  test('gets each of 5,000 changes, in order', async () => {
    await using watcher = await watch(`${PLANS}?watch=true&resourceVersion=${await version()}`);
    for (let i = 0; i < 5000; i++) change(`many-${i % 10}`, String(i));
    let last = 0;
    for (let i = 0; i < 5000; i++) {
      const event = await watcher.next();
      assert.equal(event?.object.spec?.displayName, String(i));
      assert.equal(event?.type, i < 10 ? 'ADDED' : 'MODIFIED');
      const now = Number(event?.object.metadata.resourceVersion);
      assert.ok(now > last);
      last = now;
    }
  });

  test('that is not read is ended with words when more has changed than is remembered, and holds nothing meanwhile', async () => {
    const answer = await open(`${PLANS}?watch=true&resourceVersion=${await version()}`);
    const text = 'x'.repeat(2000);
    // More than the buffers of both sockets take, and more than the history has.
    for (let i = 0; i < 2 * HISTORY_CHANGES_MAX; i++) {
      change('flood', `${i} ${text}`);
      if (i % 1000 === 0) await new Promise(setImmediate);
    }
    const slow = new Watcher(answer);
    let last: Event | undefined;
    let seen = 0;
    for (let event = await slow.next(); event; event = await slow.next()) {
      last = event;
      seen++;
    }
    assert.equal(last?.type, 'ERROR');
    assert.equal(last?.object.reason, 'version-gone');
    assert.ok(seen < 2 * HISTORY_CHANGES_MAX);
  });

  test('ends after its time', async () => {
    await using watcher = await watch(`${PLANS}?watch=true&timeoutSeconds=1&resourceVersion=${await version()}`);
    assert.equal(await watcher.next(), undefined);
  });
});
