import { randomBytes } from 'node:crypto';
import { passwordCredentials, refuseNewPassword } from '@angarium/server/user-authentication';
import { ApiClient } from '../api-client.ts';
import { printDeleted } from '../deleted.ts';
import { CommandError } from '../exit-code.ts';
import { printFacts } from '../facts.ts';
import { print, printJson, remark } from '../output.ts';
import { askPassword } from '../password-prompt.ts';
import { formatTable } from '../table.ts';
import { DEFAULT_SPACE, resolveTarget, type TargetOptions } from '../target.ts';
import {
  bindingOf,
  type UserDocument,
  type UserDocuments,
  type UserSpec,
  type UserTargetOptions,
  withUserDocuments,
} from '../user-documents.ts';

/** Whoever has it administers the server. */
const FIRST_ROLE = 'server-admin';
/** Of a password that is made, in bytes: as hard to guess as a key. */
const GENERATED_BYTES = 18;

interface Options extends UserTargetOptions {
  readonly json?: boolean;
}

interface CreateOptions extends Options {
  readonly type: string;
  readonly role?: string;
  readonly group?: readonly string[];
  readonly subject?: string;
  readonly fingerprint?: string;
  readonly certificateName?: string;
  readonly generate?: boolean;
}

export async function createUser(name: string, options: CreateOptions): Promise<void> {
  const { type, group = [], subject, fingerprint, certificateName } = options;
  await withUserDocuments(options, async documents => {
    const role = options.role ?? (await roleOfFirst(documents));
    const password = type === 'password' ? await newPassword(options.generate) : undefined;
    const spec: UserSpec = {
      authentication: {
        type,
        ...(password !== undefined && { password }),
        ...(subject !== undefined && { subject }),
        ...(fingerprint !== undefined && { fingerprint }),
        ...(certificateName !== undefined && { name: certificateName }),
      },
      ...(group.length > 0 && { groups: group }),
    };
    // When the first user is there, nobody is anonymous any more: its role comes before it, and not if it cannot be.
    await documents.put('User', name, spec, { create: true, dryRun: true });
    if (role !== undefined) await documents.put('RoleBinding', bindingOf(name), { role, subjects: [{ user: name }] });
    await documents.put('User', name, spec, { create: true });
    const generated = options.generate ? password : undefined;
    if (options.json) return printJson({ name, role, ...(generated !== undefined && { password: generated }) });
    print(`user ${name} created in the address space ${documents.space}${role === undefined ? '' : ` with the role ${role}`}`);
    if (generated !== undefined) print(`password ${generated}`);
    if (role === undefined) remark('It may do nothing yet: give it a role (--role), a RoleBinding, or rules.');
    if (type === 'service-account') remark(`Make its token: angarium user token ${name}`);
  });
}

/** The first user of a server has to administer it, or nobody does. */
async function roleOfFirst(documents: UserDocuments): Promise<string | undefined> {
  const isFirst = documents.nameless && documents.space === DEFAULT_SPACE && (await documents.list()).length === 0;
  return isFirst ? FIRST_ROLE : undefined;
}

export async function listUsers(options: Options): Promise<void> {
  const users = await withUserDocuments(options, documents => documents.list());
  if (options.json) return printJson(users.map(shown));
  if (users.length === 0) return print('There are no users. Create one: angarium user create NAME');
  const rows = users.map(({ metadata, spec }) => [
    metadata.name,
    spec.authentication?.type ?? '-',
    spec.groups?.join(', ') ?? '',
    spec.disabled ? 'disabled' : 'enabled',
  ]);
  print(formatTable(['name', 'type', 'groups', 'state'], rows));
}

export async function getUser(name: string, options: Options): Promise<void> {
  const user = shown(await withUserDocuments(options, documents => existing(documents, name)));
  if (options.json) printJson(user);
  else printFacts({ name, ...user.spec, ...user.status });
}

/** Without what is secret, which a data directory has. */
function shown({ metadata, spec, status }: UserDocument): UserDocument {
  const { authentication } = spec;
  const { passwordHash: _hash, scramSha256: _one, scramSha512: _other, tokens: _tokens, ...rest } = authentication ?? { type: '' };
  return {
    metadata,
    spec: { ...spec, ...(authentication && { authentication: rest }) },
    ...(status && { status }),
  };
}

export async function deleteUser(name: string, options: Options): Promise<void> {
  const remaining = await withUserDocuments(options, async documents => {
    const removed = await documents.remove('User', name);
    if (!removed.found) throw missing(documents, name);
    // Another user of this name shall not come by its role.
    await documents.remove('RoleBinding', bindingOf(name));
    return removed.remaining;
  });
  printDeleted('user', name, remaining, options.json);
}

export async function setPassword(name: string, options: Options & { readonly generate?: boolean }): Promise<void> {
  await withUserDocuments(options, async documents => {
    const { spec } = await existing(documents, name);
    const password = await newPassword(options.generate);
    await documents.put('User', name, { ...spec, authentication: { type: 'password', password } });
    if (options.json) return printJson({ name, ...(options.generate && { password }) });
    print(`user ${name} has another password`);
    if (options.generate) print(`password ${password}`);
  });
}

export async function disableUser(name: string, disabled: boolean, options: Options): Promise<void> {
  await withUserDocuments(options, async documents => {
    const { spec } = await existing(documents, name);
    await documents.put('User', name, { ...spec, disabled });
  });
  print(`user ${name} is ${disabled ? 'disabled' : 'enabled'}`);
}

interface TokenDocument {
  readonly id: string;
  readonly token: string;
  readonly expires?: string;
}

export async function makeToken(name: string, options: TargetOptions & { readonly ttl?: string; readonly json?: boolean }): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const body = options.ttl === undefined ? {} : { ttl: options.ttl };
  const made = await api.post<TokenDocument>(`${api.documentPath('users', name)}/token`, body);
  if (options.json) return printJson(made);
  remark(`Token ${made.id}${made.expires === undefined ? '' : `, good until ${made.expires}`}. It is not shown again.`);
  print(made.token);
}

async function existing(documents: UserDocuments, name: string): Promise<UserDocument> {
  const user = await documents.find(name);
  if (user === undefined) throw missing(documents, name);
  return user;
}

function missing({ space }: UserDocuments, name: string): CommandError {
  return new CommandError('failed', `There is no user ${name} in the address space ${space}.`);
}

/** One that is made, or typed twice. */
async function newPassword(generate = false): Promise<string> {
  if (generate) return randomBytes(GENERATED_BYTES).toString('base64url');
  const password = await askPassword('Password: ');
  const refused = refuseNewPassword(password);
  if (refused !== undefined) throw new CommandError('usage', refused);
  if (process.stdin.isTTY && (await askPassword('The same again: ')) !== password)
    throw new CommandError('failed', 'The two are not the same.');
  return password;
}

/** Prints what the configuration's entry of a user has for his password: for clients that send it, and for those that prove that they know it. */
export async function printPasswordHash(options: { json?: boolean }): Promise<void> {
  const entry = await passwordCredentials(await newPassword());
  if (options.json) return printJson(entry);
  if (process.stdout.isTTY) remark('In the configuration file, below the name of the user:\n');
  for (const [key, value] of Object.entries(entry)) print(`${key}: '${value}'`);
}
