import type { Command } from 'commander';
import { wholeNumber } from '../option-types.ts';
import { forServer } from './for-server.ts';

export function addBackup(program: Command): void {
  const backup = program.command('backup').description('Copy a whole server while it runs, look at the copy, and make a server of it.');
  forServer(
    backup
      .command('create')
      .description(
        'Write a backup of the server: all that it had confirmed when this began. It holds secrets, and is readable to you alone.',
      )
      .argument('<file>', 'Where to; - is standard output.'),
  )
    .option('--rate <MB>', 'Most megabytes a second. Default: 50, which clients of the server do not notice.', wholeNumber(1))
    .option('-f, --force', 'Replace a file that is there.')
    .action(async (file, options) => (await import('../commands/backup.ts')).createBackup(file, options));
  backup
    .command('verify')
    .description('Read a backup as a server would: whether it is whole, and what is in it.')
    .argument('<file>', 'The backup.')
    .option('--json', 'Print JSON, for programs.')
    .action(async (file, options) => (await import('../commands/backup.ts')).verify(file, options));
  backup
    .command('restore')
    .description('Make a data directory of a backup; then start a server there: angarium up --data-dir FOLDER.')
    .argument('<file>', 'The backup; - is standard input.')
    .requiredOption('--data-dir <FOLDER>', 'Where to: a folder that is empty, or not there.')
    .option('--json', 'Print JSON, for programs.')
    .action(async (file, options) => (await import('../commands/backup.ts')).restore(file, options));
}
