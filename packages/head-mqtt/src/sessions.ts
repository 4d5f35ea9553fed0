import { type AddressSpace, type Broker, type Change, claimantOf, type Inbox, Principal, Refusal, type Turn, Visit } from '@angarium/core';
import type { MqttConnection } from './connection.ts';
import { claimsOf, dropClaim } from './group-port.ts';
import type { MqttLimits } from './limits.ts';
import { EXPIRY_NEVER, MqttSession } from './session.ts';
import { isGroup } from './session-subscriptions.ts';

/** The sessions of all spaces, by client identifier; those that the log holds come back after a restart. */
export class MqttSessions {
  readonly #turn: Turn;
  readonly #limits: MqttLimits;
  readonly #broker: Broker;
  readonly #bySpace = new Map<AddressSpace, Map<string, MqttSession>>();

  constructor(broker: Broker, turn: Turn, limits: MqttLimits) {
    this.#broker = broker;
    this.#turn = turn;
    this.#limits = limits;
    broker.revisions.listen(change => this.#rightsMayHaveChanged(change));
  }

  /** Of clients that are not here; who is connected follows its principal. */
  #rightsMayHaveChanged({ what, kind, space: name, resource }: Change): void {
    if (kind !== 'User' && kind !== 'Role' && kind !== 'RoleBinding') return;
    const space = this.#broker.spaces.get(name);
    const sessions = space && this.#bySpace.get(space);
    for (const session of [...(sessions?.values() ?? [])]) {
      const { owner } = session;
      if (session.connection || owner === undefined || (kind === 'User' && owner.user !== resource.name)) continue;
      // One of the same name that comes later is another one.
      if (kind === 'User' && what === 'deleted') this.#end(space!, session);
      else session.subscriptions.askAgain(new Visit(space!, new Principal({ ...owner, rights: this.#broker.rightsOf(owner) })));
    }
  }

  #end(space: AddressSpace, session: MqttSession): void {
    const sessions = this.#of(space);
    if (sessions.get(session.clientId) === session) sessions.delete(session.clientId);
    session.close();
  }

  #of(space: AddressSpace): Map<string, MqttSession> {
    let sessions = this.#bySpace.get(space);
    if (!sessions) {
      sessions = new Map();
      this.#bySpace.set(space, sessions);
    }
    return sessions;
  }

  /** The sessions that the log holds. Their time without a client begins anew. */
  restore(space: AddressSpace): void {
    for (const inbox of [...space.inboxes.all.values()]) {
      const clientId = MqttSession.clientIdOf(inbox.name);
      if (clientId === undefined) continue;
      const expirySeconds = (inbox.details.expirySeconds as number | undefined) ?? 0;
      this.#of(space).set(clientId, this.#session(space, clientId, inbox, expirySeconds));
    }
    for (const inbox of space.inboxes.all.values()) if (isGroup(inbox)) this.#restoreClaims(space, inbox);
    for (const session of this.#of(space).values()) this.left(space, session);
    // A group that lost its last member in a crash has nobody who could end it.
    for (const inbox of [...space.inboxes.all.values()]) if (isGroup(inbox) && inbox.queue.consumers === 0) space.inboxes.end(inbox);
  }

  #session(space: AddressSpace, clientId: string, inbox: Inbox, expirySeconds: number): MqttSession {
    return new MqttSession({ clientId, inbox, space, limits: this.#limits, turn: this.#turn, expirySeconds });
  }

  /** Messages of a group that were on their way to a member stay that member's; where there is no such any more, nobody gets them [MQTT-4.8.2-5]. */
  #restoreClaims(space: AddressSpace, group: Inbox): void {
    const sessions = new Map([...this.#of(space).values()].map(session => [session.inbox.queue.id, session]));
    for (const { token, member, packetId } of claimsOf(group)) {
      const session = sessions.get(member);
      const port = session?.subscriptions.memberOf(group);
      // One that the client has already was over but for a note of that.
      if (!session || !port || session.packetIds.releasing.has(packetId) || group.queue.index.next(token) !== token)
        dropClaim(group, token);
      else {
        port.restore(token, packetId);
        session.packetIds.reserve(packetId);
      }
    }
  }

  /** Sessions that are kept end by themselves no more. */
  stop(): void {
    for (const sessions of this.#bySpace.values()) for (const { expiry } of sessions.values()) expiry?.cancel();
  }

  expirySecondsOf(space: AddressSpace, clientId: string): number {
    return this.#of(space).get(clientId)?.expirySeconds ?? 0;
  }

  /** Why a client of this identifier can have no session, neither its own of before nor one more. */
  refuse(space: AddressSpace, clientId: string): Refusal | undefined {
    const sessions = this.#of(space);
    if (sessions.has(clientId)) return undefined;
    const { sessionsMax } = this.#limits;
    const max = Math.min(sessionsMax, space.limits.inForce.sessionsMax ?? Number.POSITIVE_INFINITY);
    if (sessions.size < max) return undefined;
    return new Refusal(
      'sessions-exhausted',
      `The address space ${space.name} has ${max} sessions, as many as it may have (sessionsMax): end some first.`,
    );
  }

  /** Whether the session of this identifier is another user's: nobody else is handed it, or ends it. */
  isOfAnother(visit: Visit, clientId: string): boolean {
    const owner = this.#of(visit.space).get(clientId)?.owner;
    return owner !== undefined && owner.user !== visit.principal.user;
  }

  /** The session for a client that connects: its own of before, or a new one. Whoever had it is told [MQTT-3.1.4-3]. */
  open(
    visit: Visit,
    clientId: string,
    cleanStart: boolean,
    expirySeconds: number,
    connection: MqttConnection,
  ): { session: MqttSession; present: boolean } {
    const { space } = visit;
    const owner = claimantOf(visit.principal);
    const sessions = this.#of(space);
    let existing = sessions.get(clientId);
    if (existing?.connection && existing.connection !== connection)
      existing.connection.takeOver(cleanStart || existing.expirySeconds === 0);
    // A session that was to end with its connection has ended with it.
    if (existing && (cleanStart || existing.expirySeconds === 0)) {
      sessions.delete(clientId);
      existing.close();
      existing = undefined;
    }
    // What is kept over a restart is said when an inbox is made; one that changes its mind keeps its messages in a new one only from then on.
    if (existing && !existing.inbox.kept && expirySeconds > 0) {
      sessions.delete(clientId);
      existing.close();
      existing = undefined;
    }
    if (existing) {
      existing.keep(expirySeconds, owner);
      return { session: existing, present: true };
    }
    const inbox = space.inboxes.create(MqttSession.inboxName(clientId), {
      kept: expirySeconds > 0,
      prefersLive: true,
      details: { expirySeconds, owner },
    });
    const session = this.#session(space, clientId, inbox, expirySeconds);
    sessions.set(clientId, session);
    return { session, present: false };
  }

  /** The session has no connection any more: it ends, now or after its time. */
  left(space: AddressSpace, session: MqttSession): void {
    if (session.connection) return;
    const end = (): void => this.#end(space, session);
    if (session.expirySeconds === 0) end();
    else if (session.expirySeconds !== EXPIRY_NEVER) session.expiry = this.#turn.after(session.expirySeconds * 1000, end);
  }
}
