import type { Broker, Change, CoreEvent, OnRefused } from '@angarium/core';
import type { LogPart, OnReport } from '../log-parts.ts';
import type { EventHistory } from './event-history.ts';
import { isEventReason } from './event-reasons.ts';
import type { Happening, Regarding } from './server-event.ts';

const CHANGES = { added: 'DocumentAdded', modified: 'DocumentChanged', deleted: 'DocumentDeleted' } as const;
const VERBS = { added: 'is there', modified: 'has changed', deleted: 'is gone' } as const;

/** Details of a line of the log that say what it is about, in the order in which they count, and the kinds of things that they name. */
const ABOUT: readonly (readonly [string, string])[] = [
  ['address', 'Address'],
  ['forwarder', 'Forwarder'],
  ['connector', 'Connector'],
  ['webhook', 'Webhook'],
  ['certificate', 'Certificate'],
  ['authenticationService', 'AuthenticationService'],
  ['peer', 'Connection'],
  ['user', 'User'],
];

/** Tells of what is reported for the log, as far as it is an event. */
export function tellReported(events: EventHistory): OnReport {
  return (part, event) => {
    const happening = happeningOf(part, event);
    if (happening) events.tell(happening);
  };
}

/** What is reported for the log, as an event: what names its reason in `event`, and everything else that is a warning or an error. */
export function happeningOf(part: LogPart, { level, what, event, ...details }: CoreEvent): Happening | undefined {
  if (!isEventReason(event) && level !== 'warn' && level !== 'error') return undefined;
  const { addressSpace, why } = details;
  return {
    reason: isEventReason(event) ? event : 'Problem',
    ...(!isEventReason(event) && { severity: level === 'error' ? 'error' : 'warning' }),
    ...(typeof addressSpace === 'string' && { addressSpace }),
    regarding: aboutOf(part, details),
    note: typeof why === 'string' ? `${what}: ${why}` : what,
  };
}

function aboutOf(part: LogPart, details: Readonly<Record<string, unknown>>): Regarding {
  for (const [detail, kind] of ABOUT) {
    const name = details[detail];
    if (typeof name === 'string') return { kind, name };
  }
  return { kind: 'Server', name: part };
}

/** Tells of declared documents, until the answer is called. Addresses that were made for one client are nobody else's affair. */
export function tellChanges(broker: Broker, events: EventHistory): () => void {
  return broker.revisions.listen((change: Change) => {
    const { what, kind, space, name, resource } = change;
    const { deletedMs, finalizers = [] } = resource.metadata;
    const waits = what === 'modified' && deletedMs !== undefined;
    events.tell({
      reason: waits ? 'DocumentWaits' : CHANGES[what],
      ...(space !== '' && { addressSpace: space }),
      regarding: { kind, name },
      note: `The ${kind} ${name} ${waits ? `is deleted, and waits for ${finalizers.join(', ')}` : VERBS[what]}.`,
    });
  });
}

/** What clients of messages asked for and may not have. */
export function tellRefused(events: EventHistory): OnRefused {
  return ({ principal, space, action, address }) =>
    events.tell({
      reason: 'AccessRefused',
      addressSpace: space,
      regarding: { kind: 'User', name: principal.user },
      note: action === 'enter' ? `May not enter the address space ${space}.` : `May not ${action} ${address}.`,
    });
}

/** `user` has the address space before it, as in `default/ada`. */
export function tellFailedAuthentication(events: EventHistory, source: string, user: string): void {
  const [addressSpace = '', ...name] = user.split('/');
  events.tell({
    reason: 'AuthenticationFailed',
    addressSpace,
    regarding: { kind: 'User', name: name.join('/') },
    note: `Somebody from ${source} could not prove to be ${name.join('/')}.`,
  });
}
