import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import {
  type CommandResult,
  runCommand,
  runProgram,
  runProton,
  type SpawnedServer,
  skipWithout,
  spawnServer,
  temporaryFolder,
} from '@angarium/testkit';
import { ROOT } from './sources.ts';

let server: SpawnedServer;
before(async () => {
  server = await spawnServer();
});
after(() => server[Symbol.asyncDispose]());

/** A command of a page, and what the page says it prints, standard error included. */
interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

/** The commands in the console blocks of a page. */
function shownCommands(path: string): ShownCommand[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const blocks = [...text.matchAll(/```console\n([\s\S]*?)```/g)].map(match => match[1]!);
  return blocks.flatMap(block =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map(part => {
        const end = part.indexOf('\n');
        return { command: part.slice(0, end), output: part.slice(end + 1) };
      }),
  );
}

/** Words of a command line with quotes. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(match => (match[1] ?? match[2] ?? match[3])!);
}

/** What a page shows, where `…` stands for something that is different each time. */
function shownPattern(output: string): RegExp {
  return new RegExp(`^${output.split('…').map(RegExp.escape).join('[^\\n]+?')}$`);
}

/** Which commands of a page are run, by how they begin, and how: with the server of the test, in a folder of the page's own. */
const RUNS: Readonly<Record<string, (words: readonly string[], folder: string) => Promise<CommandResult>>> = {
  'npx angarium ': words => runCommand(words.slice(2), { cwd: ROOT, env: { ANGARIUM_URL: server.http } }),
  'npx node ': ([, , program, ...args], cwd) =>
    runProgram(process.execPath, [join(ROOT, program!), ...args, server.endpoints.amqp!], { cwd }),
  'python3 ': ([, program, ...args]) => runProton(join(ROOT, program!), [...args, server.endpoints.amqp!]),
};

const GUIDE = readdirSync(join(ROOT, 'docs/guide'))
  .filter(page => page !== 'README.md')
  .map(page => `docs/guide/${page}`);

for (const page of ['README.md', 'examples/01-first-message/README.md', 'docs/trace.md', ...GUIDE]) {
  test(`the commands of ${page} print what the page says`, async context => {
    const commands = shownCommands(page);
    if (commands.some(({ command }) => command.startsWith('python3 ')) && skipWithout(context, 'proton')) return;
    await using folder = await temporaryFolder();
    let run = 0;
    for (const { command, output } of commands) {
      const runs = Object.keys(RUNS).find(begin => command.startsWith(begin));
      if (runs === undefined) continue;
      const result = await RUNS[runs]!(wordsOf(command), folder.path);
      assert.match(result.stdout + result.stderr, shownPattern(output), command);
      run++;
    }
    assert.ok(run > 0, 'the page has no commands');
  });
}

test('npm start prints what README.md says', async () => {
  const shown = shownCommands('README.md').find(({ command }) => command === 'npm start');
  assert.ok(shown, 'README.md does not show npm start');
  await using folder = await temporaryFolder();
  const args = [join(ROOT, 'scripts/start.mjs'), '--amqp', '0', '--http', '0', '--mqtt', '0', '--data-dir', folder.path];
  const child = spawn(process.execPath, args, { env: { ...process.env, npm_command: 'start' }, stdio: ['ignore', 'pipe', 'ignore'] });
  const printed: string[] = [];
  const expected = shown.output.trimEnd().split('\n');
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    if (printed.length === expected.length) break;
  }
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], 'the signal and the exit code are passed through');
  // Here, on free ports and in another folder; there, with the defaults.
  const asThere = printed.map(line =>
    line
      .replace(/ --url http:\S+$/, '')
      .replace(/amqp:\/\/127\.0\.0\.1:\d+/, 'amqp://127.0.0.1:5672')
      .replace(/mqtt:\/\/127\.0\.0\.1:\d+/, 'mqtt://127.0.0.1:1883')
      .replace(/http:\/\/127\.0\.0\.1:\d+/, 'http://127.0.0.1:8080')
      .replace(folder.path, '/home/ada/angarium/data'),
  );
  assert.deepEqual(asThere, expected);
});

describe('examples', () => {
  const programs = readdirSync(join(ROOT, 'examples')).filter(name => existsSync(join(ROOT, 'examples', name, 'expected-output.txt')));

  for (const name of programs) {
    test(`${name} prints what is expected`, async () => {
      const expected = readFileSync(join(ROOT, 'examples', name, 'expected-output.txt'), 'utf8');
      const result = await runProgram(process.execPath, [join(ROOT, 'examples', name, 'main.ts'), server.endpoints.amqp!]);
      assert.equal(result.stdout, expected, result.stderr);
      assert.equal(result.code, 0);
    });
  }
});
