import { type Command, Option } from 'commander';
import { collect, duration, wholeNumber } from '../option-types.ts';
import { forServer } from './for-server.ts';

const KIND = 'The kind: addresses, address, ad …; angarium explain lists them.';
const FILES =
  'Documents of YAML or JSON: a file, a folder with all that is below it, or - for standard input; may be given more than once.';
const SELECTOR = 'Only those with these labels: app=shop,tier!=test.';

/** Commands for declared documents of any kind. */
export function addResources(program: Command): void {
  addApply(program);
  addGet(program);
  addTransfer(program);
  forServer(
    program
      .command('describe')
      .description('Show one document for people: what it says, how it is, what to do about that, and what belongs to it.')
      .argument('<kind>', KIND)
      .argument('<name>', 'The name.'),
  ).action(async (kind, name, options) => (await import('../commands/describe.ts')).describe(kind, name, options));
  forServer(
    program
      .command('edit')
      .description('Change a document in an editor: that of VISUAL or EDITOR, else vi.')
      .argument('<kind>', KIND)
      .argument('<name>', 'The name.'),
  ).action(async (kind, name, options) => (await import('../commands/edit.ts')).edit(kind, name, options));
  forServer(
    program
      .command('delete')
      .alias('rm')
      .description('Delete documents, by kind and name, or those of files.')
      .argument('[kind]', KIND)
      .argument('[name...]', 'The names.'),
  )
    .option('-f, --file <path>', FILES, collect)
    .option('--force', 'Also what is in use, or holds messages. It asks first.')
    .option('--cascade', 'The same: an address space goes with all that is in it.')
    .option('--dry-run', 'Only say what would be deleted.')
    .option('-y, --yes', 'Do not ask.')
    .action(async (kind, names, options) => (await import('../commands/delete.ts')).deleteDocuments(kind, names, options));
  forServer(
    program
      .command('explain')
      .description('Show what a kind of document says, field by field; without a kind, which kinds there are.')
      .argument('[path]', 'The kind, or a field of it: address, address.redelivery, address.spec.redelivery.delayMs.'),
  ).action(async (path, options) => (await import('../commands/explain.ts')).explain(path, options));
}

function addTransfer(program: Command): void {
  forServer(
    program
      .command('export')
      .description('Write all documents of an address space to standard output, as YAML that apply and import take.'),
  )
    .option('-A, --all-spaces', 'Those of the server and of all address spaces.')
    .option('--messages', 'With all stored messages, as lines of JSON.')
    .option('--secrets', 'With passwords and keys, for administrators of the server alone: keep the file to yourself.')
    .action(async options => (await import('../commands/export.ts')).exportAll(options));
  forServer(
    program
      .command('import')
      .description('Apply the documents of an export, and store its messages.')
      .argument('<file>', 'What export wrote; - is standard input.'),
  )
    .option('--from-line <n>', 'Go on there, after an import that ended early.', wholeNumber(1))
    .action(async (file, options) => (await import('../commands/import.ts')).importAll(file, options));
}

function addApply(program: Command): void {
  forServer(
    program
      .command('apply')
      .description('Make it so on the server as documents say: create what is not there, change what is different.')
      .requiredOption('-f, --file <path>', FILES, collect),
  )
    .option('--dry-run', 'Let the server check all documents, and change nothing.')
    .option('--diff', 'Show what changes, as diff -u does.')
    .option('--prune', 'Delete what was applied with the labels of --selector before, and is not among the documents now. It asks first.')
    .option('-l, --selector <labels>', 'The labels that all documents have, and those that may be pruned: app=shop.')
    .option('--force', 'Prune also what is in use, or holds messages.')
    .option('-y, --yes', 'Do not ask.')
    .action(async options => (await import('../commands/apply.ts')).apply(options));
}

function addGet(program: Command): void {
  forServer(
    program.command('get').description('List documents of a kind, or show one.').argument('<kind>', KIND).argument('[name]', 'The name.'),
  )
    .option('-l, --selector <labels>', SELECTOR)
    .addOption(
      new Option('-o, --output <format>', 'How it is printed.').choices(['table', 'wide', 'yaml', 'json', 'name']).default('table'),
    )
    .option('-A, --all-spaces', 'Those of all address spaces.')
    .option('-w, --watch', 'Go on with changes as they come, a line each, until Ctrl-C.')
    .option('--timeout <time>', 'End the watch after this time.', duration)
    .action(async (kind, name, options) => (await import('../commands/get.ts')).get(kind, name, options));
}
