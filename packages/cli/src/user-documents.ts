import { createHash } from 'node:crypto';
import { ApiClient } from './api-client.ts';
import type { Remaining } from './deleted.ts';
import { CommandError } from './exit-code.ts';
import { resolveTarget, type TargetOptions } from './target.ts';

export interface UserSpec {
  readonly authentication?: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly groups?: readonly string[];
  readonly disabled?: boolean;
}

export interface UserDocument {
  readonly metadata: { readonly name: string };
  readonly spec: UserSpec;
  readonly status?: { readonly tokens?: readonly Readonly<Record<string, string>>[] };
}

export interface RoleBindingSpec {
  readonly role: string;
  readonly subjects: readonly { readonly user: string }[];
}

export type DocumentKind = 'User' | 'RoleBinding';
const PLURALS = { User: 'users', RoleBinding: 'rolebindings' } as const satisfies Record<DocumentKind, string>;

export interface PutOptions {
  /** There must be none of this name. */
  readonly create?: boolean;
  /** Checked, and not written. */
  readonly dryRun?: boolean;
}

/** Documents of an address space, of a server or of a data directory. What goes wrong is a `CommandError` in words. */
export interface UserDocuments {
  readonly space: string;
  /** Nobody has said who he is: there is no user yet, if this works. */
  readonly nameless: boolean;
  list(): Promise<UserDocument[]>;
  find(name: string): Promise<UserDocument | undefined>;
  put(kind: DocumentKind, name: string, spec: UserSpec | RoleBindingSpec, options?: PutOptions): Promise<void>;
  /** Answers whether there was one, and what its end waits for. */
  remove(kind: DocumentKind, name: string): Promise<{ readonly found: boolean; readonly remaining?: Remaining | undefined }>;
}

export interface UserTargetOptions extends TargetOptions {
  readonly dataDir?: string;
}

/** Lets `work` at the documents that the options mean. */
export async function withUserDocuments<Result>(
  options: UserTargetOptions,
  work: (documents: UserDocuments) => Promise<Result>,
): Promise<Result> {
  const target = await resolveTarget(options);
  if (options.dataDir !== undefined) return await offline(options.dataDir, target.space, work);
  return await work(online(new ApiClient(target), target.space, target.user === undefined));
}

function online(api: ApiClient, space: string, nameless: boolean): UserDocuments {
  return {
    space,
    nameless,
    list: () => api.all<UserDocument>(api.documentPath('users')),
    find: name => api.find<UserDocument>(api.documentPath('users', name)),
    put: async (kind, name, spec, { create = false, dryRun = false } = {}) => {
      const query = dryRun ? '?dryRun=All' : '';
      if (create) await api.post(`${api.documentPath(PLURALS[kind])}${query}`, { metadata: { name }, spec });
      else await api.put(`${api.documentPath(PLURALS[kind], name)}${query}`, { spec });
    },
    remove: async (kind, name) => {
      const path = api.documentPath(PLURALS[kind], name);
      if ((await api.find(path)) === undefined) return { found: false };
      return { found: true, remaining: await api.delete(path) };
    },
  };
}

async function offline<Result>(folder: string, space: string, work: (documents: UserDocuments) => Promise<Result>): Promise<Result> {
  const [{ withOfflineDocuments }, { StartError }] = await Promise.all([
    import('@angarium/server/offline-documents'),
    import('@angarium/server/start-error'),
  ]);
  try {
    return await withOfflineDocuments(folder, async ({ documents, principal }) => {
      const kindOf = (kind: DocumentKind) => documents.kind(kind)!;
      if (!documents.world.broker.spaces.has(space)) throw new CommandError('failed', `There is no address space "${space}" in ${folder}.`);
      const refused = (outcome: { readonly description: string } | object): void => {
        if ('description' in outcome) throw new CommandError('failed', outcome.description);
      };
      const shown = (name: string): UserDocument | undefined => {
        const found = documents.get(kindOf('User'), space, name);
        return found && { metadata: { name }, spec: found.spec as UserSpec };
      };
      return await work({
        space,
        nameless: true,
        list: async () => [...documents.names(kindOf('User'), space)].map(name => shown(name)!),
        find: async name => shown(name),
        put: async (kind, name, spec, { create = false, dryRun = false } = {}) =>
          refused(await documents.write(kindOf(kind), { space, name, spec, described: {}, principal, create, dryRun })),
        remove: async (kind, name) => {
          const found = documents.get(kindOf(kind), space, name);
          if (found === undefined) return { found: false };
          const ended = await documents.end(kindOf(kind), found, principal, {});
          refused(ended);
          return { found: true, ...('resource' in ended && ended.outcome !== 'deleted' && { remaining: ended.resource }) };
        },
      });
    });
  } catch (error) {
    if (error instanceof StartError) throw new CommandError('failed', error.message, error);
    throw error;
  }
}

/** The binding that goes with a user: its name has to be one that documents may have. */
export function bindingOf(user: string): string {
  const plain = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,200}[A-Za-z0-9])?$/.test(user);
  return `user.${plain ? user : createHash('sha256').update(user).digest('hex').slice(0, 32)}`;
}
