/**
 * The paths of messages:
 *
 *     /apis/angarium.dev/v1/addressspaces/{space}/addresses/{name}/messages            name URL-encoded
 *     …/messages:receive   …/messages:settle   …/events   …/ws
 *     /m/{name}   /m/{name}:receive   /m/{name}:settle   /m/{name}:events              default space, slashes as they are
 *     /ws   /amqp   /mqtt
 */
export type MessageAction = 'send' | 'receive' | 'settle' | 'events' | 'ws' | 'amqp' | 'mqtt';

export interface MessagePath {
  readonly action: MessageAction;
  readonly space: string;
  /** Of the address; empty for a WebSocket that is not of one address. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** With GET it is a path of the API, where administrators look at messages. */
  readonly administered: boolean;
  /** Distinct for each address of each space. */
  readonly key: string;
}

const PREFIX = '/apis/angarium.dev/v1/addressspaces/';
const LONG = /^([^/]+)\/addresses\/([^/]+)\/(messages|messages:receive|messages:settle|events|ws)$/;
const LONG_ACTIONS: Readonly<Record<string, MessageAction>> = {
  messages: 'send',
  'messages:receive': 'receive',
  'messages:settle': 'settle',
  events: 'events',
  ws: 'ws',
};
const SHORT = /^(.+?)(?::(receive|settle|events))?$/;
const NO_QUERY = new URLSearchParams();
/** Paths that are remembered, so that the same one is not taken apart for each message. */
const REMEMBERED_MAX = 1000;

export class MessagePaths {
  readonly #spaceDefault: string;
  readonly #remembered = new Map<string, MessagePath>();

  constructor(spaceDefault: string) {
    this.#spaceDefault = spaceDefault;
  }

  /** The path of this request target; undefined: it is none of messages. Throws URIError when it is not URL-encoded as it should be. */
  find(target: string): MessagePath | undefined {
    const known = this.#remembered.get(target);
    if (known !== undefined) return known;
    const found = this.#parse(target);
    if (found === undefined) return undefined;
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(target, found);
    return found;
  }

  #parse(target: string): MessagePath | undefined {
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = mark < 0 ? NO_QUERY : new URLSearchParams(target.slice(mark + 1));
    if (path.startsWith(PREFIX)) {
      const [, space, name, word] = LONG.exec(path.slice(PREFIX.length)) ?? [];
      if (space === undefined) return undefined;
      return messagePath(LONG_ACTIONS[word!]!, decodeURIComponent(space), decodeURIComponent(name!), query, word === 'messages');
    }
    if (path.startsWith('/m/')) {
      const [, name, word] = SHORT.exec(path.slice(3)) ?? [];
      return name === undefined
        ? undefined
        : messagePath((word as MessageAction | undefined) ?? 'send', this.#spaceDefault, decodeURIComponent(name), query);
    }
    if (path === '/ws' || path === '/amqp' || path === '/mqtt')
      return messagePath(path.slice(1) as MessageAction, this.#spaceDefault, '', query);
    return undefined;
  }
}

function messagePath(action: MessageAction, space: string, name: string, query: URLSearchParams, administered = false): MessagePath {
  return { action, space, name, query, administered, key: addressKey(space, name) };
}

export function addressKey(space: string, name: string): string {
  return `${space.length}:${space}${name}`;
}
