/** What needs quotes in YAML 1.2 and in the older 1.1 that many tools read: empty, numbers, dates, true and the like, and what has signs of its own. */
const PLAIN = /^[A-Za-z_/$][A-Za-z0-9_./$+-]*( [A-Za-z0-9_./$+-]+)*$/;
const WORDS = /^(true|false|yes|no|on|off|null|y|n|~)$/i;

/** A document as YAML, in the order of its fields; what is undefined is left out. Values are those of JSON. */
export function toYaml(value: unknown): string {
  return `${lines(value, '').join('\n')}\n`;
}

function lines(value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap(item => {
      const inner = lines(item, `${indent}  `);
      return [`${indent}- ${inner[0]!.trimStart()}`, ...inner.slice(1)];
    });
  }
  if (typeof value !== 'object' || value === null) return [`${indent}${scalar(value)}`];
  return Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .flatMap(([key, field]) => {
      const name = `${indent}${scalar(key)}:`;
      if (typeof field !== 'object' || field === null) return [`${name} ${scalar(field)}`];
      if (Object.keys(field).length === 0) return [`${name} ${Array.isArray(field) ? '[]' : '{}'}`];
      return [name, ...lines(field, `${indent}  `)];
    });
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return PLAIN.test(value) && !WORDS.test(value) ? value : JSON.stringify(value);
}
