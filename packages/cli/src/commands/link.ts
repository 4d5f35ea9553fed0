import { ApiClient } from '../api-client.ts';
import { print, printJson, remark } from '../output.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly address?: string;
  readonly connection?: string;
  readonly json?: boolean;
}

/** Something that sends or receives (docs/reference/openapi.json, `Link`). */
export interface LinkDocument {
  readonly name: string;
  readonly role: string;
  readonly address: string;
  readonly connection?: string;
  readonly protocol: string;
  readonly client?: string;
  readonly user?: string;
  readonly credit?: number;
  readonly unsettled?: number;
  readonly delivered?: number;
  readonly state: string;
  readonly why: string;
}

/** Who sends and receives, how that goes, and why it does not. */
export async function listLinks(options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const query = new URLSearchParams();
  for (const name of ['address', 'connection'] as const) if (options[name] !== undefined) query.set(name, options[name]);
  const { items, leftOut } = await api.get<{ items: readonly LinkDocument[]; leftOut: number }>(`${api.documentPath('links')}?${query}`);
  if (options.json) return printJson(items);
  if (items.length === 0) return print('Nobody sends or receives.');
  const rows = items.map(
    ({ address, role, client = '', user = '', protocol, connection = '', credit, unsettled, delivered, state, why }) => [
      address,
      role,
      client,
      user,
      protocol,
      connection,
      numeral(credit),
      numeral(unsettled),
      numeral(delivered),
      state,
      why,
    ],
  );
  print(
    formatTable(['address', 'role', 'client', 'user', 'protocol', 'connection', 'credit', 'unsettled', 'delivered', 'state', 'why'], rows),
  );
  if (leftOut > 0) remark(`${leftOut} more are not shown: name an address or a connection.`);
}

function numeral(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}
