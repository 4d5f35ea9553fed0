import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type SpawnedServer, spawnServer } from '@angarium/testkit';
import mqtt, { type MqttClient } from 'mqtt';

const CLIENT = fileURLToPath(new URL('support/client-with-will.ts', import.meta.url));
/** From one step of a client in another process to the next. */
const STEP_MS = 60_000;

/** A client in a process of its own, which has left its will. */
class MortalClient implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(server: SpawnedServer, kind: string, topic: string): Promise<MortalClient> {
    const url = kind === 'websocket' || kind === 'events' ? server.http : `${server.amqp.host}:${server.amqp.port}`;
    const child = spawn(process.execPath, [CLIENT, kind, url, topic], { stdio: ['pipe', 'pipe', 'inherit'] });
    await using started = new AsyncDisposableStack();
    const client = started.use(new MortalClient(child));
    const [line] = await once(createInterface({ input: child.stdout! }), 'line', { signal: AbortSignal.timeout(STEP_MS) });
    assert.equal(line, 'left');
    started.move();
    return client;
  }

  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  /** It leaves in order. */
  async leave(): Promise<void> {
    await this.#end(() => this.#child.stdin!.end());
    assert.equal(this.#child.exitCode, 0);
  }

  async #end(how: () => void): Promise<void> {
    const ended = once(this.#child, 'exit', { signal: AbortSignal.timeout(STEP_MS) });
    how();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }
}

/** A subscriber of the npm package mqtt, whose session outlives its connection. */
class Subscriber implements AsyncDisposable {
  readonly #client: MqttClient;
  readonly #messages: string[] = [];
  #wake = Promise.withResolvers<void>();

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload) => {
      this.#messages.push(`${topic}: ${payload}`);
      this.#wake.resolve();
    });
  }

  static async of({ mqtt: { host, port } }: SpawnedServer, filter: string): Promise<Subscriber> {
    const session = { clientId: 'subscriber', clean: false, properties: { sessionExpiryInterval: 1000 } };
    const client = mqtt.connect({ host, port, protocolVersion: 5, reconnectPeriod: 0, ...session });
    const subscriber = new Subscriber(client);
    client.on('error', () => {});
    await new Promise<void>(resolve => client.once('connect', () => resolve()));
    await client.subscribeAsync(filter, { qos: 1 });
    return subscriber;
  }

  async next(count: number): Promise<string[]> {
    while (this.#messages.length < count) {
      this.#wake = Promise.withResolvers<void>();
      await this.#wake.promise;
    }
    return this.#messages.splice(0, count).sort();
  }

  /** Nothing came that was published before now. */
  async nothing(topic: string): Promise<void> {
    await this.#client.publishAsync(topic, 'fence', { qos: 1 });
    assert.deepEqual(await this.next(1), [`${topic}: fence`]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}

const KINDS = ['property', 'link', 'websocket', 'events'] as const;

describe('the wills of clients in processes of their own reach MQTT', () => {
  let server: SpawnedServer;
  before(async () => {
    server = await spawnServer();
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [kind, what] of [
    ['property', 'a client rhea with angarium:will in its open'],
    ['link', 'a client rhea that sent its will to $lwt'],
    ['websocket', 'a client of JSON over a WebSocket'],
    ['events', 'a reader of events'],
  ] as const satisfies readonly (readonly [(typeof KINDS)[number], string])[]) {
    test(`${what} that is killed has its will, and one that leaves in order has none`, async () => {
      await using subscriber = await Subscriber.of(server, `${kind}/+`);
      await using killed = await MortalClient.start(server, kind, `${kind}/killed`);
      await subscriber.nothing(`${kind}/killed`);
      await killed.kill();
      assert.deepEqual(await subscriber.next(1), [`${kind}/killed: gone`]);
      await using polite = await MortalClient.start(server, kind, `${kind}/polite`);
      await polite.leave();
      await subscriber.nothing(`${kind}/polite`);
    });
  }

  test('a server that is killed has the wills of all its clients published when it is back', async () => {
    await using first = await spawnServer();
    await (await Subscriber.of(first, 'restart/+'))[Symbol.asyncDispose]();
    await using clients = new AsyncDisposableStack();
    for (const kind of KINDS) clients.use(await MortalClient.start(first, kind, `restart/${kind}`));
    await using second = await first.restart();
    await using again = await Subscriber.of(second, 'restart/+');
    assert.deepEqual(await again.next(KINDS.length), KINDS.map(kind => `restart/${kind}: gone`).sort());
  });
});
