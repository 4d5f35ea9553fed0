import { EVENT_SEVERITIES, EVENT_TYPES } from '@angarium/server/event-reasons';
import { type Command, Option } from 'commander';
import { wholeNumber } from '../option-types.ts';
import { forServer } from './for-server.ts';

export function addMonitoring(program: Command): void {
  forServer(
    program
      .command('events')
      .description('Show what has happened lately: of the address space that --space names, or of all that you may see.'),
  )
    .option('-n, --limit <n>', 'Most lines, the newest ones.', wholeNumber(0, 10_000), 100)
    .option('-f, --follow', 'Then what happens, until you interrupt it; a server that is started anew is waited for.')
    .addOption(new Option('--type <type>', 'Only events about this kind of thing.').choices(EVENT_TYPES))
    .addOption(new Option('--severity <severity>', 'Only events that matter at least so much.').choices(EVENT_SEVERITIES))
    .option('--reason <reason>', 'Only events of this reason, as in AddressFull.')
    .action(async options => (await import('../commands/events.ts')).showEvents(options));

  const log = program.command('log').description('See and change what the server writes to its log.');
  forServer(
    log
      .command('level')
      .description('Show the levels of the log by part of the server, or change one while it runs, until the server is started anew.')
      .argument('[part]', 'The part, or all.')
      .argument('[level]', 'debug, info, warn, error or silent.'),
  ).action(async (part, level, options) => (await import('../commands/log-level.ts')).logLevel(part, level, options));
}
