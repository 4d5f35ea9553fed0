type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The merge patch (RFC 7396) that makes `after` of `before`. What neither of them says, as a password that is never shown, stays. */
export function mergePatchOf(before: Fields, after: Fields): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(before)) if (after[name] === undefined) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const old = before[name];
    if (isFields(value) && isFields(old)) {
      const inner = mergePatchOf(old, value);
      if (Object.keys(inner).length > 0) patch[name] = inner;
    } else if (JSON.stringify(value) !== JSON.stringify(old)) patch[name] = value;
  }
  return patch;
}

/** What a form has, without what is not said: fields without a value, and empty lines of lists. */
export function whatIsSaid(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(item => item !== '').map(whatIsSaid);
  if (!isFields(value)) return value;
  const said = Object.entries(value).filter(([, field]) => field !== undefined && field !== '');
  return Object.fromEntries(said.map(([name, field]) => [name, whatIsSaid(field)]));
}

/** The object with another value of one field; `undefined` takes the field away. */
export function withField(object: Fields, name: string, value: unknown): Fields {
  const { [name]: _before, ...others } = object;
  if (value === undefined) return others;
  return name in object ? { ...object, [name]: value } : { ...others, [name]: value };
}
