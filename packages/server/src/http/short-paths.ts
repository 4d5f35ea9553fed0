/** How an operation of messages is called at the short path of its address. */
const SHORT_PATHS: Readonly<Record<string, string>> = {
  messages: '/m/{name}',
  'messages:receive': '/m/{name}:receive',
  'messages:settle': '/m/{name}:settle',
  events: '/m/{name}:events',
  ws: '/ws',
};

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly in?: string; readonly name?: string; readonly description?: string }[];
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/**
 * The document with the short paths beside the long ones: the same operations in the default space, where the name of an address has its slashes as they are.
 */
export function withShortPaths<Document extends { readonly paths?: object }>(document: Document): Document {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [path, operations] of Object.entries((document.paths ?? {}) as Paths)) {
    paths[path] = { ...operations };
    const short = SHORT_PATHS[/\/addresses\/\{name\}\/([^/]+)$/.exec(path)?.[1] ?? ''];
    for (const [method, operation] of Object.entries(operations)) {
      // The API has paths of its own there, for administrators.
      if (short === undefined || !operation.tags?.includes('messages')) continue;
      paths[short] = { ...paths[short], [method]: shortened(operation, short) };
    }
  }
  return { ...document, paths };
}

function shortened({ operationId, summary, parameters = [], ...rest }: Operation, path: string): Operation {
  return {
    ...rest,
    operationId: `${operationId}AtShortPath`,
    summary: `${summary} (short path, default space)`,
    parameters: parameters
      .filter(({ in: where, name }) => where !== 'path' || (name === 'name' && path.includes('{name}')))
      .map(parameter =>
        parameter.in === 'path' ? { ...parameter, description: 'The name of the address, with its slashes as they are.' } : parameter,
      ),
  };
}
