import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { TableLines } from '../table-lines.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly limit: number;
  readonly type?: string;
  readonly severity?: string;
  readonly reason?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** What has happened (docs/reference/openapi.json, `Event`). */
interface Event {
  readonly id: string;
  readonly atMs: number;
  readonly reason: string;
  readonly severity: string;
  readonly addressSpace?: string;
  readonly regarding: { readonly kind: string; readonly name: string };
  readonly note: string;
}

/** Before a server that has gone is asked again, in milliseconds. */
const RETRY_MS = 1000;
/** How wide columns are at least. */
const COLUMNS = { time: 24, severity: 8, reason: 20, space: 12, regarding: 28, note: 0 } as const;
type Row = Readonly<Record<keyof typeof COLUMNS, string>>;

/** Prints what has happened, and with `--follow` what happens from now on. */
export async function showEvents(options: Options): Promise<void> {
  const { limit, follow, json } = options;
  const query = new URLSearchParams({ limit: String(limit) });
  const space = options.space ?? process.env.ANGARIUM_SPACE;
  if (space !== undefined) query.set('space', space);
  for (const filter of ['type', 'severity', 'reason'] as const) if (options[filter] !== undefined) query.set(filter, options[filter]);
  const api = new ApiClient(await resolveTarget(options));
  const table = new TableLines(COLUMNS);
  const show = (event: Event): void => (json ? printJson(event) : table.print(rowOf(event)));
  const path = `/events?${query}`;
  if (follow) return await followEvents(api, path, show);
  for (const event of (await api.get<{ items: readonly Event[] }>(path)).items) show(event);
  if (table.count === 0 && !json) print(query.size > 1 ? 'Nothing like that has happened lately.' : 'Nothing has happened lately.');
}

/** Until the user ends it: a server that goes and comes back is asked for what has happened after the last event that was seen. */
async function followEvents(api: ApiClient, path: string, show: (event: Event) => void): Promise<never> {
  let lastId: string | undefined;
  let wasThere = false;
  let isThere = false;
  const onOpen = (): void => {
    if (wasThere && !isThere) remark('The server is there again: what has happened meanwhile follows.');
    wasThere = isThere = true;
  };
  for (;;) {
    let why = 'The server has ended the stream, and is asked again.';
    try {
      for await (const event of api.events<Event>(path, { lastId, onOpen })) {
        lastId = event.id;
        show(event);
      }
    } catch (error) {
      // What was never there, and what may be seen no more, is not waited for.
      if (!wasThere || !(error instanceof CommandError) || error.reason === 'denied') throw error;
      why = 'The server is gone, and is asked again until it is there.';
    }
    if (isThere) remark(why);
    isThere = false;
    await delay(RETRY_MS);
  }
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
