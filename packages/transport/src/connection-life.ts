import type { CoreEvent } from '@angarium/core';
import type { ListedConnection } from './listed-connection.ts';

/** What the log is told of a connection whose peer has been let in, whatever its protocol. */
export function connectionOpened(connection: ListedConnection): CoreEvent {
  return { level: 'debug', event: 'ConnectionOpened', what: 'connection opened', ...partiesOf(connection) };
}

/** What the log is told of a connection that is over, which `connectionOpened` was told of. */
export function connectionClosed(connection: ListedConnection, nowMs: number): CoreEvent {
  const seconds = Math.round((nowMs - connection.sinceMs) / 1000);
  return { level: 'debug', event: 'ConnectionClosed', what: `connection closed after ${seconds} s`, ...partiesOf(connection) };
}

function partiesOf(connection: ListedConnection): Omit<CoreEvent, 'level' | 'what'> {
  const { protocol, client, user, peer, addressSpace } = connection.status();
  return { peer, protocol, client, user, addressSpace };
}
