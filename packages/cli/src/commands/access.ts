import { ApiClient } from '../api-client.ts';
import { EXIT_CODES } from '../exit-code.ts';
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
  else {
    print(`${user} may${allowed ? '' : ' not'} ${action} ${address}: ${from}`);
    if (rule) print(`  ${JSON.stringify(rule)}`);
  }
  if (!allowed) process.exitCode = EXIT_CODES.denied.code;
}
