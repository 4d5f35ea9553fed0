/**
 * The paths of messages:
 *
 *     /apis/angarium.dev/v1/addressspaces/{space}/addresses/{name}/messages            name URL-encoded
 *     …/messages:receive   …/messages:settle   …/events   …/ws
 *     /m/{name}   /m/{name}:receive   /m/{name}:settle   /m/{name}:events              the user's own space, slashes as they are
 *     /ws   /amqp   /mqtt
 */
export type MessageAction = 'send' | 'receive' | 'settle' | 'events' | 'ws' | 'amqp' | 'mqtt';

export interface MessagePath {
  readonly action: MessageAction;
  readonly space: string;
  /** The path says nothing of a space: it is in whichever its user is at home. */
  readonly atHome: boolean;
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
      const place = { space: decodeURIComponent(space), atHome: false, name: decodeURIComponent(name!) };
      return messagePath(LONG_ACTIONS[word!]!, place, query, word === 'messages');
    }
    if (path.startsWith('/m/')) {
      const [, name, word] = SHORT.exec(path.slice(3)) ?? [];
      return name === undefined
        ? undefined
        : messagePath((word as MessageAction | undefined) ?? 'send', this.#home(decodeURIComponent(name)), query);
    }
    if (path === '/ws' || path === '/amqp' || path === '/mqtt') return messagePath(path.slice(1) as MessageAction, this.#home(''), query);
    return undefined;
  }

  #home(name: string): Place {
    return { space: this.#spaceDefault, atHome: true, name };
  }
}

type Place = Pick<MessagePath, 'space' | 'atHome' | 'name'>;

function messagePath(action: MessageAction, place: Place, query: URLSearchParams, administered = false): MessagePath {
  return { action, ...place, query, administered, key: addressKey(place.space, place.name) };
}

/** The path for a user who is at home in this space. */
export function pathFor(path: MessagePath, home: string): MessagePath {
  if (!path.atHome || path.space === home) return path;
  return { ...path, space: home, key: addressKey(home, path.name) };
}

export function addressKey(space: string, name: string): string {
  return `${space.length}:${space}${name}`;
}
