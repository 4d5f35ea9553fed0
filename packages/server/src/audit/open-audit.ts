import { join } from 'node:path';
import type { OnRefused, Report } from '@angarium/core';
import { boundedEvent } from './audit-entry.ts';
import { AuditFiles } from './audit-files.ts';
import { AuditLog } from './audit-log.ts';

const AUDIT_FOLDER = 'audit';

/** The audit log of a data directory; nothing is made there before something is recorded. */
export function openAudit(dataDirectory: string, report: Report): AuditLog {
  return new AuditLog(new AuditFiles(join(dataDirectory, AUDIT_FOLDER)), report);
}

/** Records what clients of messages ask for and may not have. */
export function refusedAtAddresses(audit: AuditLog): OnRefused {
  return ({ principal, space, action, address, door }) => {
    const { protocol, peer } = door.status();
    const what = action === 'enter' ? { kind: 'AddressSpace', name: space } : { kind: 'Address', name: address };
    audit.record(
      boundedEvent({
        user: principal.user,
        userSpace: principal.space,
        peer,
        protocol,
        action,
        ...what,
        addressSpace: space,
        outcome: 'refused',
        code: 'unauthorized',
      }),
    );
  };
}

/** Records who could not prove to be whom he says; `user` has the address space before it, as in `default/ada`. */
export function failedAuthentications(audit: AuditLog): (source: string, user: string) => void {
  return (source, user) => {
    const [addressSpace = '', ...name] = user.split('/');
    audit.record(
      boundedEvent({
        user: name.join('/'),
        userSpace: addressSpace,
        peer: source,
        action: 'authenticate',
        addressSpace,
        outcome: 'refused',
        code: 'credentials-wrong',
      }),
    );
  };
}
