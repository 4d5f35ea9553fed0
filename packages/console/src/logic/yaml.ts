/** What needs quotes in YAML 1.2 and in the older 1.1 that many tools read: empty, numbers, dates, true and the like, and what has signs of its own. */
const PLAIN = /^[A-Za-z_/$][A-Za-z0-9_./$+-]*( [A-Za-z0-9_./$+-]+)*$/;
const WORDS = /^(true|false|yes|no|on|off|null|y|n|~)$/i;

/** A document as YAML, in the order of its fields; what is undefined is left out. Values are those of JSON. */
export function toYaml(value: unknown): string {
  return `${lines(value, '').join('\n')}\n`;
}

function lines(value: unknown, indent: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}${scalar(value)}`];
  if (Object.keys(value).length === 0) return [`${indent}${Array.isArray(value) ? '[]' : '{}'}`];
  if (Array.isArray(value)) {
    return value.flatMap(item => {
      const inner = lines(item, `${indent}  `);
      return [`${indent}- ${inner[0]!.trimStart()}`, ...inner.slice(1)];
    });
  }
  return Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .flatMap(([key, field]) => {
      const name = `${indent}${scalar(key)}:`;
      const inner = lines(field, `${indent}  `);
      const isBlock = typeof field === 'object' && field !== null && Object.keys(field).length > 0;
      return isBlock ? [name, ...inner] : [`${name} ${inner[0]!.trimStart()}`];
    });
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return PLAIN.test(value) && !WORDS.test(value) ? value : JSON.stringify(value);
}
