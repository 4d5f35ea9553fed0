import { ApiClient, type ConnectionDocument } from '../api-client.ts';
import { print, printJson } from '../output.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly json?: boolean;
}

export async function listConnections(options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const connections = await api.all<ConnectionDocument>('/connections');
  if (options.json) return printJson(connections);
  if (connections.length === 0) return print('Nobody is connected.');
  const cell = (value: unknown): string | number =>
    typeof value === 'number' ? value : value === undefined || value === null ? '' : String(value);
  const columns = ['protocol', 'client', 'user', 'peer', 'since', 'subscriptions', 'unsettled'] as const;
  const rows = connections.map(({ metadata, status }) => [metadata.name, ...columns.map(column => cell(status[column]))]);
  print(formatTable(['id', ...columns], rows));
}

export async function closeConnection(id: string, options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  await api.delete(`/connections/${encodeURIComponent(id)}`);
  if (options.json) printJson({ closed: id });
  else print(`connection ${id} closed`);
}
