import { type AddressDocument, ApiClient } from '../api-client.ts';
import { print, printJson } from '../output.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly json?: boolean;
}

interface CreateOptions extends Options {
  readonly type: string;
  readonly messagesMax?: number;
  readonly bytesMax?: number;
  readonly messageSizeBytesMax?: number;
  readonly ifAbsent?: boolean;
}

export async function createAddress(name: string, options: CreateOptions): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const { type, messagesMax, bytesMax, messageSizeBytesMax } = options;
  const body = { metadata: { name }, spec: { type, messagesMax, bytesMax, messageSizeBytesMax } };
  const made = options.ifAbsent
    ? await api.put<AddressDocument>(api.addressPath(name), body)
    : await api.post<AddressDocument>(api.addressPath(), body);
  if (options.json) printJson(made);
  else print(`address ${name} (${type}) created`);
}

export async function listAddresses(options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const addresses = await api.all<AddressDocument>(api.addressPath());
  if (options.json) return printJson(addresses);
  if (addresses.length === 0) return print('There are no addresses yet. Create one: angarium address create orders --type queue');
  const rows = addresses.map(({ metadata, spec, status }) => [
    metadata.name,
    spec.type,
    status.producers,
    status.consumers,
    status.stored,
    status.storedBytes,
    status.unsettled,
    status.counters.in ?? 0,
    status.counters.out ?? 0,
  ]);
  print(formatTable(['name', 'type', 'producers', 'consumers', 'stored', 'bytes', 'unsettled', 'in', 'out'], rows));
}

export async function getAddress(name: string, options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const address = await api.get<AddressDocument>(api.addressPath(name));
  if (options.json) return printJson(address);
  const { counters, ...status } = address.status;
  const facts = { name: address.metadata.name, space: address.metadata.addressSpace, ...address.spec, ...status, ...counters };
  const width = Math.max(...Object.keys(facts).map(key => key.length));
  for (const [key, value] of Object.entries(facts))
    print(`${key.padEnd(width)}  ${typeof value === 'number' ? value.toLocaleString('en') : value}`);
}

export async function deleteAddress(name: string, options: Options & { force?: boolean }): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  await api.delete(`${api.addressPath(name)}${options.force ? '?force=true' : ''}`);
  if (options.json) printJson({ deleted: name });
  else print(`address ${name} deleted`);
}
