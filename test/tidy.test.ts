import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT, sourcesBelow } from './sources.ts';

/** Who may import whom. A codec and the core import nothing; a head imports the core and its codec; only the server knows them all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'codec-amqp': [],
  core: [],
  'codec-mqtt': [],
  'log-file': ['core'],
  transport: ['core'],
  'head-amqp': ['core', 'codec-amqp', 'transport'],
  'head-http': ['core', 'codec-amqp', 'transport'],
  'head-mqtt': ['core', 'codec-mqtt', 'transport'],
  load: [],
  'load-amqp': ['load'],
  'load-mqtt': ['load'],
  server: ['core', 'log-file', 'transport', 'head-amqp', 'head-http', 'head-mqtt', 'codec-amqp', 'codec-mqtt'],
  cli: ['server', 'load-amqp'],
  testkit: ['server', 'core'],
  console: [],
};
/** What these import is put into files that browsers load: nothing of it is needed where they are served. */
const BUNDLED = new Set(['console']);
/** These have no clock, disk, network or randomness of Node. */
const PURE = new Set(['codec-amqp', 'codec-mqtt', 'core', 'console']);

const LINES_MAX = 500;
/** What others call so, and we with them: kinds of declared documents. */
const TERMS = /authentication-?service|service-?account/i;
const FORBIDDEN_NAMES = /(^|[a-z-])(manager|handler|helper|service|utils?|impl|base|common|misc)(?=[A-Z-]|$)/i;
const CODE = ['.ts', '.tsx', '.mjs'];

const packages = readdirSync(join(ROOT, 'packages'));
const code = ['packages', 'scripts', 'test', 'examples', 'bench', 'fuzz']
  .filter(folder => existsSync(join(ROOT, folder)))
  .flatMap(folder => sourcesBelow(folder, CODE));
const texts = [...sourcesBelow('', ['.md'])];

interface PackageDocument {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function packageDocument(folder: string): PackageDocument {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as PackageDocument;
}

/** What a file imports: static, dynamic, and re-exports. Strings and comments that only look like it are rare enough to be written otherwise. */
function importsOf(text: string): string[] {
  const statements = text.matchAll(/^\s*(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm);
  return [...statements].map(match => (match[1] ?? match[2] ?? match[3])!);
}

function listed(findings: readonly string[]): string {
  return `\n${findings.join('\n')}\n`;
}

describe('packages', () => {
  test('every package is in the table of who may import whom', () => {
    for (const name of packages) assert.ok(MAY_IMPORT[name], name);
  });

  test('all packages have the version of the workspace', () => {
    const { version } = packageDocument('.');
    for (const name of packages) assert.equal(packageDocument(`packages/${name}`).version, version, name);
  });

  for (const name of packages) {
    test(`${name} imports what it may, and declares what it imports`, () => {
      const { dependencies = {}, devDependencies = {} } = packageDocument(`packages/${name}`);
      const declared = BUNDLED.has(name) ? devDependencies : dependencies;
      const findings: string[] = [];
      const used = new Set<string>();
      for (const { path, text } of sourcesBelow(`packages/${name}/src`, CODE)) {
        for (const specifier of importsOf(text)) {
          if (specifier.startsWith('.')) {
            const target = normalize(join(dirname(path), specifier));
            if (!target.startsWith(`packages/${name}/src/`)) findings.push(`${path}: ${specifier} is outside of the package`);
          } else if (specifier.startsWith('node:')) {
            if (PURE.has(name)) findings.push(`${path}: ${specifier} in a pure package`);
          } else {
            const other = specifier
              .split('/')
              .slice(0, specifier.startsWith('@') ? 2 : 1)
              .join('/');
            used.add(other);
            const ours = other.startsWith('@angarium/') ? other.slice('@angarium/'.length) : undefined;
            if (ours !== undefined && !MAY_IMPORT[name]?.includes(ours)) findings.push(`${path}: ${name} may not import ${ours}`);
            if (declared[other] === undefined) findings.push(`${path}: ${other} is not among the dependencies of ${name}`);
          }
        }
      }
      for (const dependency of Object.keys(dependencies))
        if (!used.has(dependency)) findings.push(`packages/${name}/package.json: ${dependency} is not used`);
      assert.deepEqual(findings, [], listed(findings));
    });
  }
});

describe('files', () => {
  test(`no file has more than ${LINES_MAX} lines`, () => {
    const findings = code
      .filter(({ text }) => text.split('\n').length > LINES_MAX + 1)
      .map(({ path, text }) => `${path}: ${text.split('\n').length - 1} lines`);
    assert.deepEqual(findings, [], listed(findings));
  });

  test('names say what a thing is: no Manager, Handler, Helper, Service, Util, Impl, Base, common, misc', () => {
    const findings: string[] = [];
    for (const { path, text } of code) {
      const stem = basename(path).replace(/(\.test)?\.\w+$/, '');
      if (FORBIDDEN_NAMES.test(stem.replace(TERMS, ''))) findings.push(path);
      for (const match of text.matchAll(
        /^export (?:default )?(?:abstract )?(?:async )?(?:class|function|interface|type|const|let) (\w+)/gm,
      )) {
        // A word of a name: `baseOf` and `databaseUrl` have it too, but only the first means it.
        const words = match[1]!.replace(TERMS, '').split(/(?=[A-Z])/);
        const bad = words.find(word => /^(manager|handler|helper|service|utils?|impl|common|misc)$/i.test(word));
        if (bad !== undefined) findings.push(`${path}: ${match[1]}`);
      }
      if (path !== path.toLowerCase()) findings.push(`${path}: not in kebab-case`);
    }
    assert.deepEqual(findings, [], listed(findings));
  });

  test('nothing is of type any, and nothing was left to be done', () => {
    const findings: string[] = [];
    const anyType = /(?::|\bas|<|\|)\s*any\b(?!\s*[(:])/;
    const leftOver = new RegExp(`\\b(${['TO', 'FIX'].map(word => `${word}${word === 'TO' ? 'DO' : 'ME'}`).join('|')}|XX${'X'})\\b`);
    for (const { path, text } of code) {
      text.split('\n').forEach((line, index) => {
        const isComment = /^\s*(\/\/|\*|\/\*)/.test(line);
        if (!isComment && /\.tsx?$/.test(path) && anyType.test(line.replaceAll(/'[^']*'|`[^`]*`/g, '')))
          findings.push(`${path}:${index + 1}: any`);
        if (leftOver.test(line)) findings.push(`${path}:${index + 1}: ${line.trim()}`);
      });
    }
    assert.deepEqual(findings, [], listed(findings));
  });

  test('no text tells of the machine it was written on', () => {
    // Put together here, so that this file does not find itself.
    const machine = new RegExp([`/${'work'}/`, `/tmp/${'n26'}`, `/${'root'}/`, `/home/${'claude'}`, `registry${'.'}npmjs`].join('|'));
    const findings: string[] = [];
    for (const { path, text } of [...code, ...texts, ...sourcesBelow('', ['.json', '.yaml', '.yml'])]) {
      text.split('\n').forEach((line, index) => {
        if (machine.test(line)) findings.push(`${path}:${index + 1}: ${line.trim().slice(0, 120)}`);
      });
    }
    assert.deepEqual(findings, [], listed(findings));
  });
});

describe('texts', () => {
  test('every relative link leads to a file that is there, and to a heading that is there', () => {
    const findings: string[] = [];
    for (const { path, text } of texts) {
      const prose = text.replaceAll(/```[\s\S]*?```/g, '');
      for (const match of prose.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)) {
        const link = match[1]!;
        if (/^[a-z]+:/.test(link)) continue;
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : normalize(join(dirname(path), decodeURI(file)));
        if (!existsSync(join(ROOT, target))) findings.push(`${path}: ${link}`);
        else if (anchor !== undefined && target.endsWith('.md') && !headingsOf(target).has(anchor))
          findings.push(`${path}: ${link} (no such heading)`);
      }
    }
    assert.deepEqual(findings, [], listed(findings));
  });

  test('decision records are numbered without gaps, named for their title, and have their four parts', () => {
    const folder = join(ROOT, 'docs/adr');
    const records = existsSync(folder)
      ? readdirSync(folder)
          .filter(name => name.endsWith('.md') && name !== 'README.md')
          .sort()
      : [];
    records.forEach((name, index) => {
      assert.match(name, /^\d{4}-[a-z0-9-]+\.md$/);
      assert.equal(Number(name.slice(0, 4)), index + 1, `${name} should be number ${index + 1}`);
      const text = readFileSync(join(folder, name), 'utf8');
      for (const part of ['Context', 'Decision', 'Consequences', 'Considered instead'])
        assert.match(text, new RegExp(`^(\\*\\*${part}\\.\\*\\*|## ${part})`, 'm'), `${name} has no part "${part}"`);
    });
  });

  test('ARCHITECTURE.md names every package, and only files that are there', () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    const findings = packages.filter(name => !text.includes(`\`${name}\``)).map(name => `the package ${name} is not named`);
    for (const match of text.matchAll(/`([a-z-]+)\/([a-z/-]+\.ts)`/g)) {
      const [, name, file] = match;
      if (MAY_IMPORT[name!] && !existsSync(join(ROOT, 'packages', name!, 'src', file!))) findings.push(`${name}/${file} is not there`);
    }
    assert.deepEqual(findings, [], listed(findings));
  });
});

/** The anchors of a file's headings, as forges make them. */
function headingsOf(path: string): Set<string> {
  const text = readFileSync(join(ROOT, path), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(match => match[1]!);
  return new Set(
    headings.map(heading =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}
