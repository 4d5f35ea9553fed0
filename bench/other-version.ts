import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const repository = join(import.meta.dirname, '..');

interface Locked {
  readonly version?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
}

function run(program: string, args: readonly string[], cwd = repository): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.slice(0, 2).join(' ')}: ${stderr?.trim() || error?.message}`);
  return stdout.trim();
}

/** The last release; undefined: there was none yet. */
export function lastRelease(): string | undefined {
  const { status, stdout } = spawnSync('git', ['describe', '--tags', '--abbrev=0'], { cwd: repository, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

export function commitOf(reference: string): string {
  return run('git', ['rev-parse', '--short', '--verify', `${reference}^{commit}`]);
}

/** Another version of the sources, in a folder of its own, with the packages that it needs; `remove` leaves nothing behind. */
export function checkOut(reference: string, folder: string): { readonly remove: () => void } {
  run('git', ['worktree', 'add', '--quiet', '--force', '--detach', folder, reference]);
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
    run('git', ['worktree', 'prune']);
  };
  try {
    installPackages(folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { remove };
}

/** Where our own packages are those that it wants, they are its own by hard links: that takes a second. */
function installPackages(folder: string): void {
  const own = join(repository, 'node_modules');
  if (!hasAll(folder)) {
    run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], folder);
    return;
  }
  const target = join(folder, 'node_modules');
  // Between file systems there are no hard links.
  if (spawnSync('cp', ['-al', own, target]).status !== 0) {
    rmSync(target, { recursive: true, force: true });
    run('cp', ['-a', own, target]);
  }
  linkWorkspaces(folder);
}

function hasAll(folder: string): boolean {
  const wanted = lockedPackages(join(folder, 'package-lock.json'));
  const installed = lockedPackages(join(repository, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).every(([path, { version, link, optional }]) => {
    if (!path.startsWith('node_modules/') || link) return true;
    return installed[path] === undefined ? optional === true : installed[path].version === version;
  });
}

function lockedPackages(file: string): Record<string, Locked> {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

/** Its workspaces may be other ones than ours. */
function linkWorkspaces(folder: string): void {
  for (const name of readdirSync(join(folder, 'packages'))) {
    const path = join(folder, 'packages', name);
    const { name: full } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { name: string };
    const link = join(folder, 'node_modules', full);
    rmSync(link, { recursive: true, force: true });
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), path), link);
  }
}
