import { type Broker, SPACE_DEFAULT } from '@angarium/core';
import type { Origin } from '@angarium/transport';

/** The place where somebody may be at home, and with which right he then says so. */
export interface Home {
  readonly space: string;
  /** Only who administers the server may be at home here and mean what he names. */
  readonly mustAdminister: boolean;
}

/** Whom somebody claims to be, before he has proved anything. */
export interface Claim {
  readonly user: string;
  /** Where this user may be, the likeliest first. */
  readonly homes: readonly [Home, ...Home[]];
}

/** The space that a connection names, by the host it calls. */
interface Named {
  readonly space: string | undefined;
  /** TLS's server name and the protocol's own name are of two spaces. */
  readonly contradictory: boolean;
  /** It is TLS's. */
  readonly byTls: boolean;
}

/**
 * Which address space a client means: that of TLS's server name, else that of the host in its protocol (or of the path, over HTTP), else the one
 * behind the last `@` of the user's name, else `default`. A host names a space that has it among its `hostnames`, or whose name it is, alone or in
 * front of the server's own domain.
 */
export class SpaceNames implements Disposable {
  readonly #broker: Broker;
  readonly #domain: string;
  readonly #stopListening: () => void;
  /** Spaces by host name, in lower case; undefined after a change. */
  #hostnames: ReadonlyMap<string, string> | undefined;

  /** `domain` is empty where the server has none. */
  constructor(broker: Broker, domain: string) {
    this.#broker = broker;
    this.#domain = domain === '' ? '' : `.${domain.toLowerCase()}`;
    this.#stopListening = broker.revisions.listen(({ kind }) => {
      if (kind === 'AddressSpace') this.#hostnames = undefined;
    });
  }

  /** The space that the origin names; where it names two, TLS's. */
  named(origin: Origin): Named {
    const { serverName } = origin.peer.tls ?? {};
    const byTls = serverName === undefined ? undefined : this.ofHost(serverName);
    const byProtocol = origin.hostname === undefined ? undefined : this.ofHost(origin.hostname);
    const contradictory = byTls !== undefined && byProtocol !== undefined && byTls !== byProtocol;
    return { space: byTls ?? byProtocol, contradictory, byTls: byTls !== undefined };
  }

  ofHost(host: string): string | undefined {
    const name = host.toLowerCase();
    const { spaces } = this.#broker;
    if (spaces.has(name)) return name;
    const hostnames = this.#known();
    // The wildcard stands for one level, as in certificates (RFC 6125, section 6.4.3).
    const declared = hostnames.get(name) ?? hostnames.get(name.replace(/^[^.]+/, '*'));
    if (declared !== undefined) return declared;
    if (this.#domain === '' || !name.endsWith(this.#domain)) return undefined;
    const level = name.slice(0, -this.#domain.length);
    return spaces.has(level) ? level : undefined;
  }

  #known(): ReadonlyMap<string, string> {
    if (this.#hostnames !== undefined) return this.#hostnames;
    const hostnames = new Map<string, string>();
    for (const { name, spec } of this.#broker.resources.all('AddressSpace', '').values())
      for (const host of (spec as { hostnames?: readonly string[] }).hostnames ?? [])
        if (!hostnames.has(host.toLowerCase())) hostnames.set(host.toLowerCase(), name);
    this.#hostnames = hostnames;
    return hostnames;
  }

  claim(user: string, origin: Origin): Claim {
    const { space: named, contradictory, byTls } = this.named(origin);
    const at = user.lastIndexOf('@');
    const behind = at === -1 ? undefined : user.slice(at + 1);
    if (behind !== undefined && this.#broker.spaces.has(behind)) {
      return { user: user.slice(0, at), homes: [{ space: behind, mustAdminister: contradictory || (byTls && named !== behind) }] };
    }
    // Whether he may enter what his protocol names is asked at its door, which says the same of a space that is not there.
    const last = { space: SPACE_DEFAULT, mustAdminister: contradictory || byTls };
    if (named === undefined) return { user, homes: [{ ...last, mustAdminister: false }] };
    const first = { space: named, mustAdminister: contradictory };
    // An administrator of the server is at home in `default`, and may visit all spaces.
    return { user, homes: named === SPACE_DEFAULT ? [first] : [first, last] };
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }
}
