import { ApiClient } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly json?: boolean;
}

/** Levels by part of the server. */
type Levels = Readonly<Record<string, string>>;

const PATH = '/loglevels';
/** In place of a part. */
const ALL = 'all';

/** Shows the levels, or of one part the level; with a level, changes it before. */
export async function logLevel(part: string | undefined, level: string | undefined, options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const before = await api.get<Levels>(PATH);
  if (part !== undefined && part !== ALL && before[part] === undefined)
    throw new CommandError('usage', `There is no part ${part}: there are ${Object.keys(before).join(', ')}, and ${ALL} of them.`);
  const parts = part === undefined || part === ALL ? Object.keys(before) : [part];
  const levels = level === undefined ? before : await api.patch<Levels>(PATH, Object.fromEntries(parts.map(each => [each, level])));
  const shown = parts.map(each => [each, levels[each] ?? ''] as const);
  if (options.json) return printJson(Object.fromEntries(shown));
  print(formatTable(['part', 'level'], shown));
}
