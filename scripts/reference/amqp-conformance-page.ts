import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GENERATED, markdownTable } from './markdown.ts';

/** A statement of the specification, and the test that holds it, or why it is not supported. */
export type ConformanceRow =
  | { readonly clause: string; readonly statement: string; readonly status: 'tested'; readonly test: string }
  | { readonly clause: string; readonly statement: string; readonly status: 'not-supported'; readonly why: string };

const DATA = new URL('../../packages/head-amqp/conformance.ts', import.meta.url);

/** The rows of the AMQP head: packages/head-amqp/conformance.ts exports them as `AMQP_CONFORMANCE`. */
export async function amqpConformanceRows(): Promise<readonly ConformanceRow[]> {
  if (!existsSync(fileURLToPath(DATA))) return [];
  const { AMQP_CONFORMANCE } = (await import(DATA.href)) as { AMQP_CONFORMANCE: readonly ConformanceRow[] };
  return AMQP_CONFORMANCE;
}

/** docs/reference/amqp-conformance.md */
export async function amqpConformancePage(): Promise<string> {
  const rows = await amqpConformanceRows();
  const tested = rows.filter(row => row.status === 'tested').length;
  const table = rows.map(row => [row.clause, row.statement, row.status === 'tested' ? `tested: ${row.test}` : `not supported: ${row.why}`]);
  return `${GENERATED}

# Conformance to AMQP 1.0

Clauses of the OASIS standard AMQP 1.0, parts 2, 3 and 5, each with the test that holds it, or the reason why it is not supported.
${rows.length} clauses: ${tested} tested, ${rows.length - tested} not supported.
${rows.length === 0 ? '' : `\n${markdownTable(['clause', 'statement', 'status'], table)}\n`}`;
}
