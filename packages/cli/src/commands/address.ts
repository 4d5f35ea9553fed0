import { isDeepStrictEqual } from 'node:util';
import { type AddressDocument, ApiClient } from '../api-client.ts';
import { printDeleted } from '../deleted.ts';
import { CommandError } from '../exit-code.ts';
import { printFacts } from '../facts.ts';
import { print, printJson } from '../output.ts';
import { type SpecDocument, setField, specOfFlags } from '../spec-flags.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly json?: boolean;
}

interface CreateOptions extends Options {
  readonly type?: string;
  readonly file?: string;
  readonly ifAbsent?: boolean;
}

interface UpdateOptions extends Options {
  readonly file?: string;
  readonly unset?: readonly string[];
}

interface NamedSpec {
  readonly name: string;
  readonly spec: SpecDocument;
}

export async function createAddress(name: string | undefined, options: CreateOptions): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  for (const address of await addressesOf(name, options, options.type === undefined ? {} : { type: options.type })) {
    if (address.spec.type === undefined)
      throw new CommandError('usage', 'Say what the address does with messages: --type queue, topic, stream, anycast or multicast.');
    const existing = options.ifAbsent ? await api.find<AddressDocument>(api.addressPath(address.name)) : undefined;
    const { name, spec } = address;
    // One that came by attaching stays, now that somebody wants it. One that is not like this is refused, as without the option.
    const made = isDeepStrictEqual(existing?.spec, spec)
      ? await api.put<AddressDocument>(api.addressPath(name), { spec })
      : await api.post<AddressDocument>(api.addressPath(), { metadata: { name }, spec });
    if (options.json) printJson(made);
    else print(`address ${address.name} (${address.spec.type}) created`);
  }
}

export async function updateAddress(name: string | undefined, options: UpdateOptions): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  for (const address of await addressesOf(name, options, {})) {
    const { spec } = address;
    for (const field of options.unset ?? []) setField(spec, field, null);
    if (Object.keys(spec).length === 0)
      throw new CommandError('usage', 'Say what to change, such as --messages-max 1000, or --unset deadLetter.');
    const updated = await api.patch<AddressDocument>(api.addressPath(address.name), { spec });
    if (options.json) printJson(updated);
    else print(`address ${address.name} updated`);
  }
}

/** The address of the command line, or those of the file. */
async function addressesOf(name: string | undefined, options: { readonly file?: string }, base: SpecDocument): Promise<NamedSpec[]> {
  const spec = { ...base, ...specOfFlags(options as Readonly<Record<string, unknown>>) };
  if (options.file === undefined) {
    if (name === undefined) throw new CommandError('usage', 'Name the address, or give a file: --file FILE.');
    return [{ name, spec }];
  }
  const { readDocuments } = await import('../documents.ts');
  const documents = await readDocuments(options.file, 'Address', name);
  return documents.map(document => ({ name: document.name, spec: { ...document.spec, ...spec } }));
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
  const { inForce, counters, ...status } = address.status;
  // What holds, whether the address or its plan says it. Counters keep their prefix: `duplicates` is declared, and counted.
  const { type, ...spec } = { ...inForce, ...address.spec };
  printFacts({ name: address.metadata.name, space: address.metadata.addressSpace, type, ...spec, ...status, counters });
}

export async function deleteAddress(name: string, options: Options & { force?: boolean }): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  printDeleted('address', name, await api.delete(`${api.addressPath(name)}${options.force ? '?force=true' : ''}`), options.json);
}
