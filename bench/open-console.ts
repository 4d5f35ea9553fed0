/** What an open console costs the server: `node bench/open-console.ts`. CPU time of an idle server with many addresses, without and with somebody who looks. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { findProgram, spawnServer } from '@angarium/testkit';
import { chromium } from 'playwright-core';

const ADDRESSES = 5_000;
/** Requests that are under way at one time while addresses are created. */
const AT_ONCE = 50;
const SECONDS = 15;
/** Until a server that has just started, or a page that has just been opened, does no more than it always does, in milliseconds. */
const REST_MS = 5_000;
/** What it may cost, in % of one core. */
const COST_MAX = 2;
/** Ticks of the kernel's clock in a second, as Linux tells them to everybody. */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat after the name: the time of the process in user mode, and in the kernel (proc(5)). */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const PAGES = ['', '/addresses', '/flow', '/events'] as const;

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
}

/** In % of one core. */
async function load(pid: number): Promise<number> {
  await wait(REST_MS);
  const before = cpuSeconds(pid);
  const startMs = performance.now();
  await wait(SECONDS * 1000);
  return ((cpuSeconds(pid) - before) / ((performance.now() - startMs) / 1000)) * 100;
}

async function createAddress(url: string, name: string): Promise<void> {
  const answer = await fetch(`${url}/apis/angarium.dev/v1/addressspaces/default/addresses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'angarium.dev/v1', kind: 'Address', metadata: { name }, spec: { type: 'queue' } }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

const executablePath = findProgram('chromium');
if (executablePath === undefined) throw new Error('Debian package chromium is not installed');
await using server = await spawnServer();
for (let first = 0; first < ADDRESSES; first += AT_ONCE) {
  const creating = Array.from({ length: AT_ONCE }, (_, at) => createAddress(server.http, `address-${first + at}`));
  await Promise.all(creating);
}
const idle = await load(server.pid);
process.stdout.write(`nobody looks: ${idle.toFixed(2)} % of a core\n`);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  for (const path of PAGES) {
    await page.goto(`${server.http}/ui/spaces/default${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const cost = (await load(server.pid)) - idle;
    process.stdout.write(`${path === '' ? '/' : path}: ${cost.toFixed(2)} % more\n`);
    if (cost > COST_MAX) process.exitCode = 1;
  }
} finally {
  await browser.close();
}
