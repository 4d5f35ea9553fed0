import { type Principal, Refusal, refuseAction } from '@angarium/core';
import type { Kind } from '../resources/kind.ts';

/**
 * Why the principal may not view or manage a document, the same whether there is one or not; without a name, all of a kind in a place: what a list
 * leaves out is asked for each document then.
 */
export function refuseDocument(
  principal: Principal,
  action: 'view' | 'manage',
  kind: Kind,
  space: string,
  name?: string,
): Refusal | undefined {
  if (principal.administersServer) return undefined;
  if (kind.scope === 'server') {
    if (action === 'view' && (kind.open || (kind.kind === 'AddressSpace' && (name ?? principal.space) === principal.space)))
      return undefined;
    return new Refusal(
      'unauthorized',
      `The user ${principal.user} may not ${action} documents of the kind ${kind.kind}: ask an administrator of the server.`,
    );
  }
  if (space !== principal.space) return refuseEntry(principal, space);
  if (kind.kind !== 'Address') return principal.rights.refuseKind(action, kind.kind);
  return name === undefined ? undefined : principal.rights.refuse(action, name);
}

/** The words of every no to an address space, be it there or not. */
export function refuseEntry(principal: Principal, space: string): Refusal {
  return refuseAction(principal, 'view', `the address space ${space}`);
}

/** Why what is never shown otherwise is not shown to this principal; undefined: it does not ask, or may. */
export function refuseSecrets(principal: Principal, { secrets }: { readonly secrets?: string | undefined }): Refusal | undefined {
  if (secrets !== 'true' || principal.administersServer) return undefined;
  return new Refusal('unauthorized', 'Secrets are shown to administrators of the server alone.');
}
