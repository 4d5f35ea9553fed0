import { ApiClient } from '../api-client.ts';
import { print, printJson } from '../output.ts';
import { TableLines } from '../table-lines.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly limit: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** What has happened (docs/reference/openapi.json, `Event`). */
interface Event {
  readonly atMs: number;
  readonly reason: string;
  readonly severity: string;
  readonly addressSpace?: string;
  readonly regarding: { readonly kind: string; readonly name: string };
  readonly note: string;
}

/** How wide columns are at least. */
const COLUMNS = { time: 24, severity: 8, reason: 20, space: 12, regarding: 28, note: 0 } as const;
type Row = Readonly<Record<keyof typeof COLUMNS, string>>;

/** Prints what has happened, and with `--follow` what happens from now on. */
export async function showEvents(options: Options): Promise<void> {
  const { limit, follow, json } = options;
  const query = new URLSearchParams({ limit: String(limit) });
  const space = options.space ?? process.env.ANGARIUM_SPACE;
  if (space !== undefined) query.set('space', space);
  const api = new ApiClient(await resolveTarget(options));
  const table = new TableLines(COLUMNS);
  const show = (event: Event): void => (json ? printJson(event) : table.print(rowOf(event)));
  const path = `/events?${query}`;
  if (follow) for await (const event of api.events<Event>(path)) show(event);
  else for (const event of (await api.get<{ items: readonly Event[] }>(path)).items) show(event);
  if (table.count === 0 && !json && !follow) print('Nothing has happened since the server was started.');
}

function rowOf({ atMs, reason, severity, addressSpace = '', regarding, note }: Event): Row {
  return {
    time: new Date(atMs).toISOString(),
    severity,
    reason,
    space: addressSpace,
    regarding: `${regarding.kind} ${regarding.name}`.trimEnd(),
    note,
  };
}
