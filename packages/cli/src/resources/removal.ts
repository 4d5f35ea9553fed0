import { CommandError } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { callingName, isWritten, type ResourceKind } from './kind-names.ts';
import type { ResourceClient, ResourceDocument } from './resource-client.ts';

/** There is always one of this name. */
const SPACE_ALWAYS_THERE = 'default';

/** A document on the server. */
export interface Found {
  readonly kind: ResourceKind;
  /** Empty: of the server. */
  readonly space: string;
  readonly document: ResourceDocument;
}

export interface RemovalOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function documentKey(kind: string, space: string, name: string): string {
  return JSON.stringify([kind, space, name]);
}

/** What of the server and of these spaces has these labels, what others need last. Spaces that have them are looked into as well. */
export async function listFound(client: ResourceClient, within: ReadonlySet<string>, labelSelector: string): Promise<Found[]> {
  const kinds = (await client.kinds()).filter(isWritten);
  const spaces = new Set(within);
  const found: Found[][] = [];
  for (const kind of kinds) {
    const ofKind: Found[] = [];
    for (const space of kind.namespaced ? spaces : ['']) {
      try {
        for await (const document of client.list(kind, space, { labelSelector })) {
          if (kind.kind === 'AddressSpace') {
            if (document.metadata.name === SPACE_ALWAYS_THERE) continue;
            spaces.add(document.metadata.name);
          }
          ofKind.push({ kind, space, document });
        }
      } catch (error) {
        // Who may not see documents of a kind has made none.
        if (!(error instanceof CommandError && error.reason === 'denied')) throw error;
      }
    }
    found.unshift(ofKind);
  }
  return found.flat();
}

/** Deletes documents one after the other; those that are refused do not keep it from the others. */
export async function removeFound(client: ResourceClient, found: readonly Found[], options: RemovalOptions): Promise<void> {
  let failures = 0;
  for (const { kind, space, document } of found) {
    const { name } = document.metadata;
    const called = callingName(kind, name);
    let waiting: ResourceDocument | undefined;
    try {
      waiting = await client.delete(kind, space, name, {
        ...(options.force && { force: 'true' }),
        ...(options.dryRun && { dryRun: 'All' }),
      });
    } catch (error) {
      if (!(error instanceof CommandError) || error.reason === 'unreachable') throw error;
      failures++;
      remark(`angarium: ${called}: ${error.message}`);
      continue;
    }
    const finalizers = waiting?.metadata.finalizers;
    const outcome = finalizers ? 'waiting' : 'deleted';
    const place = space === '' || space === client.space ? '' : ` in ${space}`;
    const end = finalizers ? `${place} waits for its finalizers: ${finalizers.join(', ')}` : ` deleted${place}`;
    if (options.json)
      printJson({ kind: kind.kind, name, ...(space !== '' && { addressSpace: space }), outcome, ...(finalizers && { finalizers }) });
    else print(`${called}${end}${options.dryRun ? ' (dry run)' : ''}`);
  }
  if (failures > 0) throw new CommandError('failed', `${failures} of ${found.length} documents were not deleted.`);
}
