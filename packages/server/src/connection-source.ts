import type { AmqpConnection } from '@angarium/head-amqp';
import type { ConnectionSource } from './http/connection-routes.ts';

/** The connections of the AMQP head for the HTTP API, each by a number that is given when it is first shown. */
export function connectionSource(connections: ReadonlySet<AmqpConnection>): ConnectionSource {
  const ids = new WeakMap<AmqpConnection, string>();
  let last = 0;
  const idOf = (connection: AmqpConnection): string => {
    let id = ids.get(connection);
    if (id === undefined) {
      last++;
      id = String(last);
      ids.set(connection, id);
    }
    return id;
  };
  return {
    *list() {
      for (const connection of connections) yield { id: idOf(connection), status: connection.status() };
    },
    close(id, description) {
      for (const connection of connections) {
        if (ids.get(connection) !== id) continue;
        connection.close('amqp:connection:forced', description);
        return true;
      }
      return false;
    },
  };
}
