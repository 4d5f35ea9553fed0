import { isDeepStrictEqual } from 'node:util';

/** Operations of one patch, at the most. */
export const PATCH_OPERATIONS_MAX = 1000;

type Json = unknown;
type Container = Record<string, Json> | Json[];

/** Why a patch cannot be applied. */
export class PatchError extends Error {}

/** A document changed by a JSON patch (RFC 6902): all of its operations in turn, or none. What was given stays as it is. */
export function jsonPatch(document: Json, operations: Json): Json {
  if (!Array.isArray(operations)) throw new PatchError('a JSON patch is a list of operations (RFC 6902)');
  if (operations.length > PATCH_OPERATIONS_MAX) throw new PatchError(`a patch has at most ${PATCH_OPERATIONS_MAX} operations`);
  const root: { document: Json } = { document: structuredClone(document) };
  operations.forEach((operation: Json, at) => {
    try {
      apply(root, operation);
    } catch (error) {
      if (error instanceof PatchError) throw new PatchError(`operation ${at}: ${error.message}`);
      throw error;
    }
  });
  return root.document;
}

function apply(root: { document: Json }, operation: Json): void {
  const { op, path, from, value } = (operation ?? {}) as Record<string, Json>;
  if (typeof path !== 'string') throw new PatchError('path is missing');
  switch (op) {
    case 'add':
      return add(root, path, given(value));
    case 'remove':
      remove(root, path);
      return;
    case 'replace':
      read(root, path);
      if (path !== '') remove(root, path);
      return add(root, path, given(value));
    case 'move': {
      const source = pointerOf(from);
      // Section 4.4: a place cannot move into itself.
      if (path.startsWith(`${source}/`)) throw new PatchError(`${source} cannot move into itself`);
      return add(root, path, remove(root, source));
    }
    case 'copy':
      return add(root, path, structuredClone(read(root, pointerOf(from))));
    case 'test':
      if (!isDeepStrictEqual(read(root, path), given(value))) throw new PatchError(`${path} is not what is tested for`);
      return;
    default:
      throw new PatchError(`op is ${JSON.stringify(op)}, and has to be add, remove, replace, move, copy or test`);
  }
}

function given(value: Json): Json {
  if (value === undefined) throw new PatchError('value is missing');
  return structuredClone(value);
}

function pointerOf(from: Json): string {
  if (typeof from !== 'string') throw new PatchError('from is missing');
  return from;
}

/** RFC 6901: names between slashes, with `~1` for a slash and `~0` for a tilde. */
function namesOf(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) throw new PatchError(`${JSON.stringify(pointer)} is no pointer (RFC 6901)`);
  return pointer
    .slice(1)
    .split('/')
    .map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(root: { document: Json }, pointer: string): Json {
  let found = root.document;
  for (const name of namesOf(pointer)) found = member(found, name, pointer);
  return found;
}

function member(container: Json, name: string, pointer: string): Json {
  if (Array.isArray(container)) return container[indexOf(name, container.length - 1, pointer)];
  if (!isContainer(container) || !Object.hasOwn(container, name)) throw new PatchError(`there is nothing at ${pointer}`);
  return (container as Record<string, Json>)[name];
}

function placeOf(root: { document: Json }, pointer: string): { container: Container; name: string } {
  const names = namesOf(pointer);
  const name = names.pop()!;
  let container = root.document;
  for (const each of names) container = member(container, each, pointer);
  if (!isContainer(container)) throw new PatchError(`there is nothing at ${pointer}`);
  return { container, name };
}

function add(root: { document: Json }, pointer: string, value: Json): void {
  if (pointer === '') {
    root.document = value;
    return;
  }
  const { container, name } = placeOf(root, pointer);
  if (Array.isArray(container)) container.splice(name === '-' ? container.length : indexOf(name, container.length, pointer), 0, value);
  // Defined, not assigned: `__proto__` is a name as any other.
  else Object.defineProperty(container, name, { value, writable: true, enumerable: true, configurable: true });
}

function remove(root: { document: Json }, pointer: string): Json {
  if (pointer === '') throw new PatchError('the whole document cannot be removed');
  const { container, name } = placeOf(root, pointer);
  const removed = member(container, name, pointer);
  if (Array.isArray(container)) container.splice(indexOf(name, container.length - 1, pointer), 1);
  else delete container[name];
  return removed;
}

function indexOf(name: string, max: number, pointer: string): number {
  const index = /^(0|[1-9]\d{0,9})$/.test(name) ? Number(name) : Number.NaN;
  if (!(index <= max)) throw new PatchError(`there is nothing at ${pointer}`);
  return index;
}

function isContainer(value: Json): value is Container {
  return typeof value === 'object' && value !== null;
}
