import { ApiClient } from '../api-client.ts';
import { print, printJson } from '../output.ts';
import type { ResourceDocument } from '../resources/resource-client.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

/** What can be paused, by what paths call it. */
const PLURALS = { connector: 'connectors', forwarder: 'forwarders' } as const;
export type Pausable = keyof typeof PLURALS;

/** Has a connector or forwarder do nothing for a while, or go on. */
export async function pause(
  what: Pausable,
  name: string,
  paused: boolean,
  options: TargetOptions & { readonly json?: boolean },
): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const changed = await api.patch<ResourceDocument>(api.documentPath(PLURALS[what], name), { spec: { paused: paused || null } });
  if (options.json) printJson(changed);
  else print(`${what} ${name} ${paused ? 'paused' : 'resumed'}`);
}
