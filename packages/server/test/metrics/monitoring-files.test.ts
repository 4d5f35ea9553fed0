import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram, skipWithout } from '@angarium/testkit';
import { parse } from 'yaml';
import type { Metric } from '../../src/metrics/metric.ts';
import { METRICS } from '../../src/metrics/metrics.ts';

const FOLDER = fileURLToPath(new URL('../../../../deploy/monitoring/', import.meta.url));
/** What Prometheus itself says of what it reads. */
const OF_PROMETHEUS = ['up'];
const HISTOGRAM_PARTS = ['_bucket', '_sum', '_count'];
/** Words of PromQL and of Grafana that are no metrics. */
const WORDS = /\b(?:sum|min|max|by|on|or|and|unless|rate|increase|changes|time|topk|histogram_quantile|predict_linear|label_values|le)\b/g;

interface AlertRules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

function seriesOf({ name, type }: Pick<Metric<never>, 'name' | 'type'>): string[] {
  return type === 'histogram' ? HISTOGRAM_PARTS.map(part => `${name}${part}`) : [name];
}

const SERIES = new Set([...OF_PROMETHEUS, ...METRICS.flatMap(seriesOf)]);
const LABELS = new Set(['instance', 'job', 'le', ...METRICS.flatMap(({ labels }) => labels)]);

/** What an expression names that is neither a metric nor a label of one. */
function unknownIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\$\w+/g, '')
    .replaceAll(WORDS, '');
  const names = bare.match(/\b[a-zA-Z_]\w*\b/g) ?? [];
  return names.filter(name => !SERIES.has(name) && !LABELS.has(name));
}

function expressionsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    (key === 'expr' || key === 'query') && typeof inner === 'string' && inner !== 'prometheus' ? [inner] : expressionsIn(inner),
  );
}

test('alert rules name only metrics and labels that there are', async () => {
  const { groups } = parse(await readFile(join(FOLDER, 'alerts.yaml'), 'utf8')) as AlertRules;
  const rules = groups.flatMap(({ rules }) => rules);
  assert.ok(rules.length > 10);
  for (const { alert, expr } of rules) assert.deepEqual(unknownIn(expr), [], alert);
});

test('the dashboard for Grafana shows only metrics and labels that there are', async () => {
  const expressions = expressionsIn(JSON.parse(await readFile(join(FOLDER, 'grafana-dashboard.json'), 'utf8')));
  assert.ok(expressions.length > 20);
  for (const expression of expressions) assert.deepEqual(unknownIn(expression), [], expression);
});

test('Prometheus takes the rules and the configuration, and each alert fires when it should', async t => {
  if (skipWithout(t, 'promtool')) return;
  const checks = [
    ['check', 'rules', 'alerts.yaml'],
    ['check', 'config', 'prometheus.yaml'],
    ['test', 'rules', 'alerts.test.yaml'],
  ];
  for (const args of checks) {
    const { code, stdout, stderr } = await runProgram('promtool', args, { cwd: FOLDER });
    assert.equal(code, 0, `promtool ${args.join(' ')}: ${stdout}${stderr}`);
  }
});

test('every alert is tried: that it fires, and that it does not', async () => {
  const { groups } = parse(await readFile(join(FOLDER, 'alerts.yaml'), 'utf8')) as AlertRules;
  const { tests } = parse(await readFile(join(FOLDER, 'alerts.test.yaml'), 'utf8')) as {
    tests: readonly { alert_rule_test: readonly { alertname: string; exp_alerts: readonly unknown[] }[] }[];
  };
  const tried = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const { alert } of groups.flatMap(({ rules }) => rules)) {
    const outcomes = tried.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length > 0);
    assert.deepEqual([...new Set(outcomes)].sort(), [false, true], alert);
  }
});
