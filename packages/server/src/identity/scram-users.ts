import { type ScramMechanism, saslPrepared } from '@angarium/transport';
import { StartError } from '../start-error.ts';
import { impossibleScramCredentials, parseScramCredentials, type ScramCredentials } from './scram-credentials.ts';

/** Whose credentials they are; `user` is undefined where they are nobody's. */
export interface ScramEntry {
  readonly user: string | undefined;
  readonly credentials: ScramCredentials;
}

/** The keys of a user's entry in the configuration, strongest first. */
export const SCRAM_OPTIONS = {
  'SCRAM-SHA-512': 'scramSha512',
  'SCRAM-SHA-256': 'scramSha256',
} as const satisfies Record<ScramMechanism, string>;

export type ScramConfiguration = { readonly [Option in (typeof SCRAM_OPTIONS)[ScramMechanism]]?: string };

const MECHANISMS = Object.keys(SCRAM_OPTIONS) as ScramMechanism[];

/** Users by what they can log in with without sending their password. */
export class ScramUsers {
  readonly #byMechanism = new Map<ScramMechanism, Map<string, ScramEntry>>();
  /** Users who cannot log in by a mechanism that is offered: clients that take the strongest one by themselves do not get in as them. */
  readonly lacking: readonly string[];

  constructor(users: readonly ({ readonly name: string } & ScramConfiguration)[]) {
    for (const user of users)
      for (const mechanism of MECHANISMS) {
        const option = SCRAM_OPTIONS[mechanism];
        const text = user[option];
        if (text !== undefined) this.#add(mechanism, user.name, option, text);
      }
    const offered = this.mechanisms;
    this.lacking = users.filter(user => offered.some(mechanism => user[SCRAM_OPTIONS[mechanism]] === undefined)).map(({ name }) => name);
  }

  #add(mechanism: ScramMechanism, user: string, option: string, text: string): void {
    const credentials = parseScramCredentials(text, mechanism);
    if (credentials === undefined)
      throw new StartError(
        'configuration',
        `The ${option} of user "${user}" is not what ${mechanism} needs. Make it with: angarium user hash-password`,
      );
    const name = saslPrepared(user);
    if (name === undefined)
      throw new StartError('configuration', `The user "${user}" has a character in his name that clients of ${mechanism} cannot send.`);
    let known = this.#byMechanism.get(mechanism);
    if (known === undefined) {
      known = new Map();
      this.#byMechanism.set(mechanism, known);
    }
    if (known.has(name)) throw new StartError('configuration', `To clients of ${mechanism} the user "${user}" is the same as another.`);
    known.set(name, { user, credentials });
  }

  /** Those that any user can log in with, strongest first. */
  get mechanisms(): readonly ScramMechanism[] {
    return MECHANISMS.filter(mechanism => this.#byMechanism.has(mechanism));
  }

  /** Whom the name belongs to; for a name of nobody, credentials that look like somebody's. `secret` is the server's own. */
  find(mechanism: ScramMechanism, name: string, secret: Uint8Array): ScramEntry {
    const known = this.#byMechanism.get(mechanism);
    const like = known?.values().next().value?.credentials;
    // Made for known names too, so that the answer takes as long.
    const impossible = impossibleScramCredentials(mechanism, name, secret, like);
    return known?.get(name) ?? { user: undefined, credentials: impossible };
  }
}
