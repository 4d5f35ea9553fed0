import { ApiClient } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Decision {
  readonly status: { readonly allowed: boolean; readonly from: string; readonly rule?: object };
}

/** Says whether a user may do that, and why. A no is an exit code of its own, for scripts. */
export async function checkAccess(
  user: string,
  action: string,
  address: string,
  options: TargetOptions & { readonly json?: boolean },
): Promise<void> {
  const target = await resolveTarget(options);
  const query = new URLSearchParams({ user, action, address });
  const client = new ApiClient(target);
  const decision = await client.get<Decision>(`${client.documentPath('access')}?${query}`);
  const { allowed, from, rule } = decision.status;
  if (options.json) printJson(decision);
  const words = `${user} may${allowed ? '' : ' not'} ${action} ${address}: ${from}${rule ? `\n  ${JSON.stringify(rule)}` : ''}`;
  if (!allowed) throw new CommandError('denied', words);
  if (!options.json) print(words);
}
