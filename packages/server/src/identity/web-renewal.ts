import { Principal } from '@angarium/core';
import type { Denial } from '@angarium/transport';
import { isIdentity, type RefreshToken, SIGN_IN_AGAIN, type WebIdentity, type WebLogin } from './authority.ts';
import type { Renewal } from './web-session.ts';

export interface WebRenewalOptions {
  /** Where the user has signed in, as its document is by now; undefined: nobody signs in there any more. */
  readonly login: () => WebLogin | undefined;
  /** Lets in whom it names. */
  readonly admit: (identity: WebIdentity) => Principal | Denial;
}

/** How a session goes on of somebody who has signed in at a service elsewhere; undefined: the service has given nothing for that. */
export function webRenewal(options: WebRenewalOptions, refresh: RefreshToken | undefined): Renewal | undefined {
  if (refresh === undefined) return undefined;
  const { login, admit } = options;
  return {
    renew: async () => {
      const found = (await login()?.renew(refresh)) ?? SIGN_IN_AGAIN;
      if (!isIdentity(found)) return found;
      const principal = admit(found);
      return principal instanceof Principal ? { principal, renewal: webRenewal(options, found.refresh) } : SIGN_IN_AGAIN;
    },
    revoke: () => login()?.revoke(refresh),
  };
}
