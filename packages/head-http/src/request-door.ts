import type { Door } from '@angarium/core';
import { peerName } from './request.ts';

type PeerSocket = Parameters<typeof peerName>[0];

/** The connection that a request came over, as a record of refusals names it. */
export class RequestDoor implements Door {
  readonly #socket: PeerSocket;

  constructor(socket: PeerSocket) {
    this.#socket = socket;
  }

  status(): { readonly protocol: string; readonly peer: string } {
    return { protocol: 'HTTP', peer: peerName(this.#socket) };
  }
}
