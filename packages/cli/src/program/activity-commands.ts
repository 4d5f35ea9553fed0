import type { Command } from 'commander';
import { duration } from '../option-types.ts';
import { forServer } from './for-server.ts';

export function addActivity(program: Command): void {
  forServer(
    program
      .command('top')
      .description(
        'Watch addresses and connections: rates, what is stored, what needs attention. Keys: q quit, s sort, a addresses, c connections, / filter.',
      ),
  )
    .option('--interval <time>', 'How often it is looked, 1s to 60s.', duration, 2000)
    .option('--filter <text>', 'Only what has this in its name, or elsewhere in its line.')
    .option('--once', 'Print the addresses once, and end; so it is where the output is no terminal.')
    .action(async options => (await import('../commands/top.ts')).top(options));

  const link = program.command('link').description('See who sends and receives, and why nothing flows.');
  forServer(
    link
      .command('list')
      .alias('ls')
      .description('List who sends and receives, with their credit, what they have not settled, and how they are, with the reason.'),
  )
    .option('--address <name>', 'Only those of this address, and of topics below it.')
    .option('--connection <id>', 'Only those of this connection.')
    .action(async options => (await import('../commands/link.ts')).listLinks(options));
}
