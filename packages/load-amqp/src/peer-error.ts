import type { FieldReader } from './field-reader.ts';

/** The error that a detach, end, close or rejected has as its next field, in words (AMQP 1.0 part 2, section 2.8.14). */
export function errorWords(fields: FieldReader): string {
  const error = fields.nested();
  if (error === undefined || error.code !== 0x1d) return 'without a reason';
  const condition = error.fields.text() ?? 'no condition';
  const description = error.fields.text();
  return description ? `${condition}: ${description}` : condition;
}
