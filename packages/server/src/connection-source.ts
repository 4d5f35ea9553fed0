import type { ListedConnection } from '@angarium/transport';
import type { LinkOwner } from './activity/link-source.ts';
import type { ConnectionSource } from './http/connection-routes.ts';

/** The connections of all heads for the HTTP API, each by a number that is given when it is first shown. */
export function connectionSource(heads: readonly { readonly connections: Iterable<ListedConnection> }[]): ConnectionSource {
  const ids = new WeakMap<ListedConnection, string>();
  let last = 0;
  const idOf = (connection: ListedConnection): string => {
    let id = ids.get(connection);
    if (id === undefined) {
      last++;
      id = String(last);
      ids.set(connection, id);
    }
    return id;
  };
  const all = (): ListedConnection[] => heads.flatMap(({ connections }) => [...connections]);
  return {
    *list() {
      for (const connection of all().sort((one, other) => one.sinceMs - other.sinceMs))
        yield { id: idOf(connection), status: connection.status() };
    },
    *holders(space) {
      for (const connection of all()) {
        const { addressSpace } = connection;
        if (addressSpace === '' || (space !== undefined && addressSpace !== space.name)) continue;
        const owner = (): LinkOwner => {
          const { protocol, client, user, peer } = connection.status();
          return { connection: idOf(connection), protocol, client, user, peer };
        };
        yield { addressSpace, owner, links: () => connection.links() };
      }
    },
    close(id, why) {
      const connection = all().find(each => ids.get(each) === id);
      connection?.closeByAdministrator(why);
      return connection !== undefined;
    },
  };
}
