import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface Event {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Record<string, unknown>;
}

/** A reader of server-sent events. */
export class EventReader {
  readonly response: IncomingMessage;
  readonly #request: ClientRequest;
  readonly #events: AsyncGenerator<Event>;

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#request = sent;
    this.response = response;
    this.#events = EventReader.#parse(response);
  }

  static async open(server: { http: string }, path: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const sent = request(new URL(path, server.http), { headers, agent: false });
    sent.on('error', () => sent.destroy());
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(response.headers['content-type'], 'text/event-stream');
    return new EventReader(sent, response);
  }

  static async *#parse(response: IncomingMessage): AsyncGenerator<Event> {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const fields = new Map(block.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        if (fields.has('data')) yield { id: fields.get('id'), event: fields.get('event'), data: JSON.parse(fields.get('data')!) };
      }
    }
  }

  async next(): Promise<Event> {
    const { value, done } = await this.#events.next();
    assert.ok(!done, 'the stream has ended');
    return value;
  }

  close(): void {
    this.#request.destroy();
  }
}
