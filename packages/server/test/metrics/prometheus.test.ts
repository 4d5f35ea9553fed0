import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { findProgram, runProgram, startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';

const missing = findProgram('prometheus') === undefined && 'prometheus is not installed';
/** Prometheus itself is to be ready, and to have read us, within this time. */
const DEADLINE_MS = 60_000;

async function send(server: TestServer, address: string): Promise<void> {
  const { status } = await fetch(`${server.http}/m/${address}`, { method: 'POST', body: 'x' });
  assert.equal(status, 202);
}

describe('Prometheus', { skip: missing }, () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(async () => await server[Symbol.asyncDispose]());

  for (const [name, accept] of [
    ['its text format', 'text/plain'],
    ['OpenMetrics', 'application/openmetrics-text; version=1.0.0'],
  ] as const) {
    test(`finds nothing wrong with ${name}`, async () => {
      await send(server, 'checked');
      const answer = await fetch(`${server.http}/metrics`, { headers: { accept } });
      assert.ok(answer.headers.get('content-type')?.startsWith(accept.split(';')[0]!));
      const text = await answer.text();
      assert.equal(text.endsWith('# EOF\n'), name === 'OpenMetrics');
      // promtool reads the first of the two alone.
      if (name === 'OpenMetrics') return;
      const { code, stdout, stderr } = await runProgram('promtool', ['check', 'metrics'], { input: text });
      assert.equal(code, 0, `${stdout}${stderr}`);
      assert.equal(stderr, '');
    });
  }

  test('scrapes a server, and answers what it has counted', async () => {
    await send(server, 'orders');
    await send(server, 'orders');
    await using folder = await temporaryFolder();
    await using prometheus = await startPrometheus(folder.path, server.http);
    const query = 'angarium_address_messages_received_total{address_space="default",address="orders",type="queue"}';
    assert.equal(await prometheus.valueOf(query), '2');
    assert.equal(await prometheus.valueOf('up'), '1');
  });
});

interface Prometheus extends AsyncDisposable {
  /** The value of the one series that the expression has; waits until there is one. */
  valueOf(expression: string): Promise<string>;
}

async function startPrometheus(folder: string, http: string): Promise<Prometheus> {
  const targets = `targets: ['${new URL(http).host}']`;
  const configuration = `global: { scrape_interval: 200ms }\nscrape_configs: [{ job_name: angarium, static_configs: [{ ${targets} }] }]\n`;
  await writeFile(join(folder, 'prometheus.yaml'), configuration);
  const args = ['--config.file=prometheus.yaml', '--storage.tsdb.path=data', '--web.listen-address=127.0.0.1:0', '--log.format=json'];
  const child = spawn('prometheus', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const url = await urlOf(child.stderr);
  return {
    async valueOf(expression) {
      const deadline = AbortSignal.timeout(DEADLINE_MS);
      for (;;) {
        // It answers 503 until it is ready, and nothing until it has scraped.
        const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`, { signal: deadline });
        if (!answer.ok) await answer.body?.cancel();
        const { data } = answer.ok
          ? ((await answer.json()) as { data: { result: { value: [number, string] }[] } })
          : { data: { result: [] } };
        const [found] = data.result;
        if (found) return found.value[1];
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The port that it took is in its log. */
async function urlOf(log: NodeJS.ReadableStream): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: log })) {
    lines.push(line);
    const { address = '' } = JSON.parse(line) as { address?: string };
    if (/^127\.0\.0\.1:[1-9]\d*$/.test(address)) {
      log.resume();
      return `http://${address}`;
    }
  }
  throw new Error(`prometheus did not listen:\n${lines.join('\n')}`);
}
