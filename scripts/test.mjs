// `npm test [-- PATH …]`: everything that has to hold, on any Node from 20 on. What is missing is installed first.
// With paths, only the tests below them run. The last line says how many tests passed, failed and were skipped.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildConsole } from './console-build.mjs';
import { environmentWith, installWhatIsMissing, nodeProgram, root } from './node-program.mjs';

/** Debian packages of foreign clients that tests talk to. Without them, those tests are skipped and say so. */
const DEBIAN_PACKAGES = [
  ['python3-qpid-proton', '/usr/lib/python3/dist-packages/proton/__init__.py'],
  ['python3-paho-mqtt', '/usr/lib/python3/dist-packages/paho/mqtt/client.py'],
  ['mosquitto-clients', '/usr/bin/mosquitto_pub'],
  ['paho.mqtt.c-examples', '/usr/bin/paho_c_pub'],
  ['slapd', '/usr/sbin/slapd'],
  ['prometheus', '/usr/bin/prometheus'],
  ['maven', '/usr/bin/mvn'],
  ['default-jdk-headless', '/usr/bin/javac'],
  ['chromium', '/usr/bin/chromium'],
];
const APT_TIMEOUT_MS = 180_000;
/** No single test file takes this long; one that does hangs. */
const TEST_TIMEOUT_MS = 180_000;
/** Where Node keeps what it made of the sources: each file of tests is a program of its own, and most of them read the same ones. */
const COMPILE_CACHE = join(root, 'node_modules/.cache/node');
/** Test files at one time: as many as the smallest machine of CI has cores. */
const TEST_CONCURRENCY = 2;

installWhatIsMissing();
const node = nodeProgram();
const env = environmentWith(node);
const paths = process.argv.slice(2);
const sums = { passed: 0, failed: 0, skipped: 0, skips: [] };

installForeignClients();
sums[buildConsole() ? 'passed' : 'failed']++;
if (paths.length === 0) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  check('types', [tsc, '--noEmit']);
  check('types of the console', [tsc, '--noEmit', '-p', 'packages/console']);
  check('lint and format', [
    join(root, 'node_modules/@biomejs/biome/bin/biome'),
    'ci',
    '--colors=off',
    '--max-diagnostics=20',
    '--error-on-warnings',
  ]);
}
runTests(paths.length === 0 ? ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'] : paths.map(testPattern));

for (const { name, reason } of sums.skips) process.stdout.write(`skipped: ${name} (${reason})\n`);
process.stdout.write(`${sums.passed} passed, ${sums.failed} failed${sums.skipped > 0 ? `, ${sums.skipped} skipped` : ''}\n`);
process.exitCode = sums.failed > 0 ? 1 : 0;

/** Runs a program of node_modules that answers with its exit code; counts as one test. */
function check(name, args) {
  const started = Date.now();
  process.stdout.write(`• ${name} … `);
  const { status, stdout, stderr } = spawnSync(node, args, { cwd: root, env, encoding: 'utf8' });
  const passed = status === 0;
  sums[passed ? 'passed' : 'failed']++;
  process.stdout.write(`${passed ? 'passed' : 'failed'} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
  if (!passed) process.stdout.write(`${stdout}${stderr}\n`);
}

function runTests(patterns) {
  const folder = mkdtempSync(join(tmpdir(), 'angarium-test-'));
  const countsFile = join(folder, 'counts.json');
  const reporter = new URL('./progress-reporter.mjs', import.meta.url).href;
  const args = [
    '--test',
    `--test-concurrency=${TEST_CONCURRENCY}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    ...patterns,
  ];
  const { status } = spawnSync(node, args, {
    cwd: root,
    env: { ...env, ANGARIUM_TEST_COUNTS: countsFile, NODE_COMPILE_CACHE: COMPILE_CACHE },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (existsSync(countsFile)) {
    const counts = JSON.parse(readFileSync(countsFile, 'utf8'));
    sums.passed += counts.passed;
    sums.failed += counts.failed;
    sums.skipped += counts.skipped;
    sums.skips.push(...counts.skips);
  }
  rmSync(folder, { recursive: true, force: true });
  // A run that ended badly without a failed test (a crash of the runner) is not a success.
  if (status !== 0 && sums.failed === 0) sums.failed++;
}

function testPattern(path) {
  return existsSync(path) && statSync(path).isDirectory() ? `${path}/**/*.test.ts` : path;
}

function installForeignClients() {
  const missing = DEBIAN_PACKAGES.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  const mayInstall =
    process.env.CI === 'true' && process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (missing.length === 0 || !mayInstall) return;
  process.stdout.write(`• Debian packages ${missing.join(' ')} … `);
  const apt = args =>
    spawnSync('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore', timeout: APT_TIMEOUT_MS })
      .status === 0;
  const done = apt(['-qq', 'update']) && apt(['-qq', '-y', '--no-install-recommends', 'install', ...missing]);
  process.stdout.write(done ? 'installed\n' : 'not to be had: their tests are skipped\n');
}
