import { ApiClient } from '../api-client.ts';
import { print, printJson } from '../output.ts';
import { TableLines } from '../table-lines.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly since?: number;
  readonly limit: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** A line of the audit log (docs/reference/openapi.json, `AuditEntry`). */
interface Entry {
  readonly time: string;
  readonly user?: string;
  readonly userSpace?: string;
  readonly peer?: string;
  readonly protocol?: string;
  readonly action: string;
  readonly kind?: string;
  readonly name?: string;
  readonly addressSpace?: string;
  readonly outcome: string;
  readonly code?: string;
  readonly count?: number;
}

/** How wide columns are at least. */
const COLUMNS = { time: 24, who: 20, from: 21, protocol: 10, outcome: 22, action: 18, what: 24, space: 0 } as const;
type Row = Readonly<Record<keyof typeof COLUMNS, string>>;

/** Prints what the server has recorded, and with `--follow` what it records from now on. */
export async function showAudit(options: Options): Promise<void> {
  const { since, limit, follow, json } = options;
  const query = new URLSearchParams({ limit: String(limit) });
  if (since !== undefined) query.set('since', new Date(Date.now() - since).toISOString());
  const space = options.space ?? process.env.ANGARIUM_SPACE;
  if (space !== undefined) query.set('space', space);
  if (follow) query.set('follow', 'true');
  const client = new ApiClient(await resolveTarget(options));
  const table = new TableLines(COLUMNS);
  for await (const entry of client.lines<Entry>('GET', `/audit?${query}`))
    if (json) printJson(entry);
    else table.print(rowOf(entry));
  if (table.count === 0 && !json) print('Nothing is recorded.');
}

function rowOf(entry: Entry): Row {
  const { time, user, userSpace, peer = '', protocol = '', outcome, code, action, kind, name, addressSpace = '', count } = entry;
  const times = count === undefined ? '' : ` ×${count}`;
  return {
    time,
    who: user === undefined ? '' : userSpace === undefined ? user : `${user}@${userSpace}`,
    from: peer,
    protocol,
    outcome: code === undefined ? outcome : `${outcome} ${code}`,
    action: `${action}${times}`,
    what: [kind, name].filter(part => part !== undefined).join(' '),
    space: addressSpace,
  };
}
