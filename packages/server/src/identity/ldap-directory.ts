import type { Report, Turn } from '@angarium/core';
import type { Denial, Mechanism } from '@angarium/transport';
import type { Client } from 'ldapts';
import { type LdapSpec, TIMEOUT_MS_DEFAULT } from './authentication-service.ts';
import { type Authority, BUSY, type Identity, UNREACHABLE, WRONG } from './authority.ts';
import { AuthorityHealth } from './authority-health.ts';
import { FairQueue } from './fair-queue.ts';
import { GROUPS_MAX } from './federated-users.ts';
import { PASSWORD_BYTES_MAX } from './password-hash.ts';
import { RememberedIdentities } from './remembered-identities.ts';

/** Logins that ask the directory at the same time, each with a connection of its own. */
export const LDAP_LOGINS_MAX = 8;
/** Logins that wait for their turn. */
export const LDAP_WAITING_MAX = 500;

/** Whose entry was found. */
interface Entry {
  readonly dn: string;
  readonly user: string;
}

/** A directory that knows names and passwords (RFC 4511): it is searched for the user's entry, and the password is the one that the entry binds with. */
export class LdapDirectory implements Authority {
  readonly mechanisms: readonly Mechanism[] = ['PLAIN'];
  readonly health: AuthorityHealth;
  readonly #spec: LdapSpec;
  readonly #timeoutMs: number;
  readonly #turn: Turn;
  readonly #queue = new FairQueue({ runningMax: LDAP_LOGINS_MAX, waitingMax: LDAP_WAITING_MAX });
  readonly #remembered: RememberedIdentities;

  constructor(spec: LdapSpec, turn: Turn, report: Report) {
    this.#spec = spec;
    this.#timeoutMs = spec.timeoutMs ?? TIMEOUT_MS_DEFAULT;
    this.#turn = turn;
    this.#remembered = new RememberedIdentities(turn);
    this.health = new AuthorityHealth(
      report,
      `Check that this server reaches ${spec.urls.join(', ')}, that spec.ca is right, and that spec.bindDn may search below spec.userSearchBase.`,
    );
  }

  recognize(user: string, password: string): Identity | undefined {
    return this.#remembered.find(user, password);
  }

  async password(user: string, password: string): Promise<Identity | Denial> {
    // RFC 4513, section 5.1.2: a bind without a password proves nothing, and succeeds.
    if (password === '' || user === '' || Buffer.byteLength(password) > PASSWORD_BYTES_MAX) return WRONG;
    const known = this.#remembered.find(user, password);
    if (known !== undefined) return known;
    const found = await this.#queue.run('', () => this.#ask(user, password));
    if (found === undefined) return BUSY;
    if ('user' in found) this.#remembered.add(user, password, found);
    return found;
  }

  async #ask(user: string, password: string): Promise<Identity | Denial> {
    let why: unknown;
    for (const url of this.#spec.urls) {
      const clients: Client[] = [];
      try {
        const searching = await this.#connect(url, clients);
        const { bindDn, bindPassword = '' } = this.#spec;
        if (bindDn !== undefined) await searching.bind(bindDn, bindPassword);
        const entry = await this.#entryOf(searching, user);
        const right = await this.#binds(await this.#connect(url, clients), entry?.dn, password);
        const groups = right && entry !== undefined ? await this.#groupsOf(searching, entry) : [];
        this.health.answered();
        return right && entry !== undefined ? { user: entry.user, subject: entry.dn, groups } : WRONG;
      } catch (error) {
        why = error;
      } finally {
        // Whether it says goodbye properly does not matter to anybody.
        for (const client of clients) client.unbind().catch(() => {});
      }
    }
    this.health.failed(this.#turn.nowMs, 'a directory cannot be asked', why instanceof Error ? `${why.name}: ${why.message}` : String(why));
    return UNREACHABLE;
  }

  async #connect(url: string, clients: Client[]): Promise<Client> {
    const { Client } = await import('ldapts');
    const { ca, startTls } = this.#spec;
    const tlsOptions = ca === undefined ? {} : { ca };
    const client = new Client({
      url,
      timeout: this.#timeoutMs,
      connectTimeout: this.#timeoutMs,
      strictDN: true,
      ...(url.startsWith('ldaps:') && { tlsOptions }),
    });
    clients.push(client);
    if (startTls && !url.startsWith('ldaps:')) await client.startTLS({ ...tlsOptions, host: new URL(url).hostname });
    return client;
  }

  /** The one entry that fits; of several, none is the user's. */
  async #entryOf(client: Client, user: string): Promise<Entry | undefined> {
    const { userSearchBase, userFilter, userAttribute = 'uid' } = this.#spec;
    const filter = userFilter.replaceAll('{user}', () => escapedFilterValue(user));
    const { searchEntries } = await client
      .search(userSearchBase, { scope: 'sub', filter, attributes: [userAttribute], sizeLimit: 2 })
      .catch(fewer);
    const [entry] = searchEntries;
    if (entry === undefined || searchEntries.length > 1) return undefined;
    const name = textsOf(entry[userAttribute])[0];
    return name === undefined ? undefined : { dn: entry.dn, user: name };
  }

  /** Whether the password is the entry's; for no entry, a bind that fails takes as long. */
  async #binds(client: Client, dn: string | undefined, password: string): Promise<boolean> {
    const { BusyError, ResultCodeError, UnavailableError } = await import('ldapts');
    try {
      await client.bind(dn ?? `cn=nobody,${this.#spec.userSearchBase}`, password);
      return dn !== undefined;
    } catch (error) {
      // Whatever else the directory says of this user, such as that the account is locked, is a no as well.
      const no = error instanceof ResultCodeError && !(error instanceof BusyError || error instanceof UnavailableError);
      if (no) return false;
      throw error;
    }
  }

  async #groupsOf(client: Client, { dn, user }: Entry): Promise<string[]> {
    const { groupSearchBase, groupFilter = '(member={dn})', groupAttribute = 'cn' } = this.#spec;
    if (groupSearchBase === undefined) return [];
    const filter = groupFilter.replaceAll('{dn}', () => escapedFilterValue(dn)).replaceAll('{user}', () => escapedFilterValue(user));
    const { searchEntries } = await client.search(groupSearchBase, {
      scope: 'sub',
      filter,
      attributes: [groupAttribute],
      sizeLimit: GROUPS_MAX + 1,
    });
    return searchEntries.flatMap(entry => textsOf(entry[groupAttribute]).slice(0, 1));
  }

  close(): void {}
}

/** RFC 4515, section 3: what has a meaning in a filter is written as the bytes of its characters. */
export function escapedFilterValue(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte is one of them.
  return text.replace(/[\\*()\u0000]/g, character => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function textsOf(value: Buffer | Buffer[] | string[] | string | undefined): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String).filter(text => text !== '');
}

/** More entries than were asked for are too many: none of them is the user's. */
function fewer(error: Error): { searchEntries: never[] } {
  if (error.name === 'SizeLimitExceededError') return { searchEntries: [] };
  throw error;
}
