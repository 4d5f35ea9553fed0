type Fields = Record<string, unknown>;

/** The specification without what is never shown. */
export function withoutSecrets<Spec extends object>(spec: Spec, secrets: readonly string[] | undefined): Spec {
  if (secrets === undefined) return spec;
  const shown = structuredClone(spec);
  for (const path of secrets) {
    const { parent, field } = placeOf(shown, path);
    if (parent) delete parent[field];
  }
  return shown;
}

/**
 * The specification with the secrets of before that it leaves out, so that what was read can be written back. Where what they belong to is of
 * another `type` now, they are of no use to it, and go.
 */
export function keepSecrets(before: object | undefined, spec: object, secrets: readonly string[] | undefined): object {
  if (before === undefined || secrets === undefined) return spec;
  const kept = structuredClone(spec);
  for (const path of secrets) {
    const old = placeOf(before, path);
    const now = placeOf(kept, path);
    if (old.parent === undefined || now.parent === undefined || old.parent.type !== now.parent.type) continue;
    if (old.parent[old.field] !== undefined && now.parent[now.field] === undefined) now.parent[now.field] = old.parent[old.field];
  }
  return kept;
}

function placeOf(spec: object, path: string): { parent: Fields | undefined; field: string } {
  const names = path.split('.');
  const field = names.pop()!;
  let parent: unknown = spec;
  for (const name of names) parent = (parent as Fields | undefined)?.[name];
  return { parent: typeof parent === 'object' && parent !== null ? (parent as Fields) : undefined, field };
}
