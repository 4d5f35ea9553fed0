// A reporter for node:test: one line a file while it runs, failures in full, and the sums for the script that asked.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inspect } from 'node:util';

/** Where the sums are written, as JSON: { passed, failed, skipped, skips: [{ name, reason }] }. */
const countsFile = process.env.ANGARIUM_TEST_COUNTS;

export default async function* progress(events) {
  const sums = { passed: 0, failed: 0, skipped: 0, skips: [] };
  const failures = [];
  const byFile = new Map();
  for await (const { type, data } of events) {
    if (type === 'test:stderr' || type === 'test:stdout') {
      // What a test prints belongs to whoever reads its failure; the file's name says whose it is.
      if (process.env.ANGARIUM_TEST_OUTPUT) yield data.message;
      continue;
    }
    if (type === 'test:summary') {
      if (data.file === undefined) continue;
      const { passed = 0, failed = 0, skipped = 0 } = byFile.get(data.file) ?? {};
      const mark = failed > 0 ? '✖' : '✔';
      const counts = `${passed} passed${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
      yield `${mark} ${relative(process.cwd(), data.file)}: ${counts} (${(data.duration_ms / 1000).toFixed(1)} s)\n`;
      continue;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // A suite, and the entry for a file itself, is not a test.
    if (data.details?.type === 'suite' || (data.nesting === 0 && data.file !== undefined && data.name === data.file)) {
      if (type === 'test:pass' || data.details?.error?.failureType === 'subtestsFailed') continue;
    }
    const file = byFile.get(data.file) ?? { passed: 0, failed: 0, skipped: 0 };
    byFile.set(data.file, file);
    const kind = type === 'test:fail' ? (data.todo !== undefined ? 'skipped' : 'failed') : data.skip !== undefined ? 'skipped' : 'passed';
    if (type === 'test:fail' && data.details.error?.failureType === 'subtestsFailed') continue;
    file[kind]++;
    sums[kind]++;
    if (kind === 'skipped') sums.skips.push({ name: data.name, reason: String(data.skip ?? data.todo) });
    if (kind === 'failed') {
      const where = data.file === undefined ? '' : `${relative(process.cwd(), data.file)}:${data.line}`;
      failures.push(`✖ ${data.name}\n  ${where}\n${indented(words(data.details.error))}\n`);
      yield failures.at(-1);
    }
  }
  if (failures.length > 0) yield `\nFailed:\n\n${failures.join('\n')}`;
  if (countsFile !== undefined) writeFileSync(countsFile, JSON.stringify(sums));
}

function words(error) {
  const cause = error?.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
}

function indented(text) {
  return text
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n');
}
