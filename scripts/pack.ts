/**
 * Makes `angarium-<version>.tgz`, which `npm install` takes: `npm run pack [-- FOLDER]`. Node does not run TypeScript below node_modules, so the
 * workspace's own sources are bundled into one file of JavaScript; what comes from the registry stays a dependency, with its exact version.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface PackageDocument {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function packageDocument(folder: string): PackageDocument {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as PackageDocument;
}

/** What the workspace's packages need from the registry. */
function dependencies(): Record<string, string> {
  const needed: Record<string, string> = {};
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    if (name === 'testkit') continue;
    for (const [dependency, version] of Object.entries(packageDocument(`packages/${name}`).dependencies ?? {})) {
      if (!dependency.startsWith('@angarium/')) needed[dependency] = version;
    }
  }
  return Object.fromEntries(Object.entries(needed).sort());
}

/** Packs into `folder` and answers the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  const { version, description, license } = packageDocument('packages/cli');
  const staged = join(ROOT, 'dist', 'package');
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, 'dist'), { recursive: true });
  const external = dependencies();
  await build({
    // `main` reads the version from ../package.json, which is beside dist/ here as it is beside src/ there.
    entryPoints: { angarium: join(ROOT, 'packages/cli/src/main.ts') },
    outdir: join(staged, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: Object.keys(external),
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    legalComments: 'none',
    logLevel: 'error',
  });
  execFileSync(process.execPath, [join(ROOT, 'scripts/console-build.mjs')], { stdio: ['ignore', 2, 2] });
  cpSync(join(ROOT, 'packages/console/dist'), join(staged, 'dist/console'), { recursive: true });
  const document = {
    name: 'angarium',
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=24.16' },
    bin: { angarium: 'dist/angarium.mjs' },
    files: ['dist'],
    dependencies: external,
  };
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(document, undefined, 2)}\n`);
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE']) copyFileSync(join(ROOT, file), join(staged, file));
  mkdirSync(folder, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', resolve(folder)], { cwd: staged, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(resolve(folder), `angarium-${version}.tgz`);
}

if (import.meta.main) process.stdout.write(`${await pack(process.argv[2] ?? ROOT)}\n`);
