import { resolve } from 'node:path';
import { type Context, readContexts, writeContexts } from '../contexts.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { askPassword } from '../password-prompt.ts';
import { formatTable } from '../table.ts';
import { checkedUrl } from '../target.ts';
import { readTlsFiles, type TlsFiles } from '../tls-client.ts';

interface CreateOptions extends TlsFiles {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly space?: string;
  readonly use?: boolean;
}

export async function createContext(name: string, options: CreateOptions): Promise<void> {
  const { current, contexts } = await readContexts();
  if (contexts[name] !== undefined)
    throw new CommandError('failed', `The context "${name}" exists already: angarium context delete ${name}`);
  const { url, user, space } = options;
  const password = options.password ?? (user === undefined ? undefined : await askPassword(`Password of ${user}: `));
  const context: Context = {
    url: checkedUrl(url),
    ...(user && { user }),
    ...(password !== undefined && { password }),
    ...(space && { space }),
    ...(await storedTls(options)),
  };
  const inUse = options.use || current === undefined ? name : current;
  await writeContexts({ current: inUse, contexts: { ...contexts, [name]: context } });
  print(`context ${name} created${inUse === name ? ' and in use' : ''}`);
}

/** What is kept for TLS, with paths that mean the same from any folder. Files that cannot be read are refused. */
async function storedTls(options: TlsFiles): Promise<TlsFiles> {
  await readTlsFiles(options);
  const { ca, cert, key, insecure } = options;
  return {
    ...(ca !== undefined && { ca: resolve(ca) }),
    ...(cert !== undefined && { cert: resolve(cert) }),
    ...(key !== undefined && { key: resolve(key) }),
    ...(insecure && { insecure }),
  };
}

export async function useContext(name: string): Promise<void> {
  const { contexts } = await readContexts();
  found(contexts, name);
  await writeContexts({ current: name, contexts });
  print(`context ${name} is in use`);
}

export async function listContexts(options: { json?: boolean }): Promise<void> {
  const { current, contexts } = await readContexts();
  const all = Object.entries(contexts);
  if (options.json) return printJson(all.map(([name, context]) => ({ name, current: name === current, ...shown(context) })));
  if (all.length === 0)
    return print('There are no contexts: commands speak to the local server. Create one: angarium context create NAME --url URL');
  print(
    formatTable(
      ['', 'name', 'url', 'user', 'space'],
      all.map(([name, { url, user, space }]) => [name === current ? '*' : '', name, url, user ?? '', space ?? '']),
    ),
  );
}

export async function showContext(name: string | undefined, options: { json?: boolean }): Promise<void> {
  const { current, contexts } = await readContexts();
  const wanted = name ?? current;
  if (wanted === undefined) throw new CommandError('failed', 'No context is in use: commands speak to the local server.');
  const facts = { name: wanted, ...shown(found(contexts, wanted)) };
  if (options.json) return printJson(facts);
  for (const [key, value] of Object.entries(facts)) print(`${key.padEnd(8)}  ${value}`);
}

export async function deleteContext(name: string): Promise<void> {
  const { current, contexts } = await readContexts();
  found(contexts, name);
  const { [name]: _gone, ...rest } = contexts;
  await writeContexts({ ...(current !== undefined && current !== name && { current }), contexts: rest });
  print(`context ${name} deleted`);
}

function found(contexts: Readonly<Record<string, Context>>, name: string): Context {
  const context = contexts[name];
  if (context === undefined)
    throw new CommandError('failed', `There is no context "${name}". angarium context list shows those that there are.`);
  return context;
}

/** Without the password, which nobody needs to see. */
function shown({ password, ...rest }: Context): object {
  return { ...rest, ...(password !== undefined && { password: 'set' }) };
}
