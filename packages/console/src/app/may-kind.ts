import { useSession } from './session-context.ts';

/**
 * Whether who looks may view, or change, things of a kind: documents, or `Connection`. What would be refused is not offered; addresses are asked for
 * one by one, and the server alone decides.
 */
export function useMayKind(): (action: 'view' | 'manage', kind: string) => boolean {
  const { administersServer, kinds } = useSession();
  return (action, kind) => administersServer || kinds[action].includes(kind);
}
