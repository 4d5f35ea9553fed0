import { randomBytes } from 'node:crypto';
import { CommandError } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { DOCUMENTS } from '../resources/kind-names.ts';
import { ResourceClient, type ResourceDocument } from '../resources/resource-client.ts';
import type { TargetOptions } from '../target.ts';
import { describe } from './describe.ts';
import { get } from './get.ts';

/** Of a password that is made: 144 bits, which are 24 characters. */
const PASSWORD_BYTES = 18;
/** The role that may do everything in a space. */
const ADMIN_ROLE = 'admin';

type Options = TargetOptions & { readonly json?: boolean };

interface CreateOptions extends Options {
  readonly admin?: string;
  readonly plan?: string;
  readonly displayName?: string;
  readonly hostname?: readonly string[];
}

export async function createSpace(name: string, options: CreateOptions): Promise<void> {
  const client = await ResourceClient.of(options);
  const { admin, plan, displayName, hostname: hostnames } = options;
  const spec = { ...(plan && { plan }), ...(displayName && { displayName }), ...(hostnames && { hostnames }) };
  const space = await create(client, 'AddressSpace', '', name, spec);
  const password = admin === undefined ? undefined : await createAdmin(client, name, admin);
  if (options.json) return printJson({ ...space, ...(admin !== undefined && { admin: { user: admin, password } }) });
  print(`address space ${name} created`);
  if (admin === undefined)
    return remark(`Its first user: angarium space create has --admin NAME; or write documents: angarium explain user`);
  print(`user ${admin} may do everything there, by the password ${password}`);
  remark(`The password is not shown again. Use it: angarium context create ${name} --url URL --user ${admin}@${name} --space ${name}`);
}

/** A user who has the role of administrators. When that fails, the space is there, which is said. */
async function createAdmin(client: ResourceClient, space: string, user: string): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  try {
    await create(client, 'User', space, user, { authentication: { type: 'password', password } });
    await create(client, 'RoleBinding', space, `${ADMIN_ROLE}-${user}`, { role: ADMIN_ROLE, subjects: [{ user }] });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const next = `The address space ${space} is there, but its user is not complete: angarium space delete ${space} --force, and once more.`;
    throw new CommandError(error.reason, `${error.message} ${next}`, error);
  }
  return password;
}

async function create(client: ResourceClient, kindName: string, space: string, name: string, spec: object): Promise<ResourceDocument> {
  const kind = await client.kind(kindName);
  return await client.api.post(client.path(kind, space), { apiVersion: DOCUMENTS, kind: kindName, metadata: { name }, spec });
}

export async function listSpaces(options: Options): Promise<void> {
  await get('addressspaces', undefined, { ...options, output: 'table' });
}

export async function getSpace(name: string, options: Options): Promise<void> {
  if (options.json) return await get('addressspace', name, { ...options, output: 'json' });
  await describe('addressspace', name, options);
}
