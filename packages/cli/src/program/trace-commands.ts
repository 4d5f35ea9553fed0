import type { Command } from 'commander';
import { duration, wholeNumber } from '../option-types.ts';
import { forServer } from './for-server.ts';

export function addTrace(program: Command): void {
  forServer(
    program
      .command('trace')
      .description('Follow the next messages of an address, or one that is stored, and say what becomes of them and why they wait.')
      .argument('<address>', 'The address, or a topic below one.'),
  )
    .option('-n, --count <n>', 'Follow this many messages.', wholeNumber(1, 1000), 1)
    .option('--selector <condition>', 'Only messages for which it holds, such as "colour = \'red\' AND size > 5".')
    .option('--sequence <number>', 'A message that is stored, by its number: why it is where it is.', wholeNumber(0))
    .option('--subscription <name>', 'With --sequence, of a topic: the subscription that has the message.')
    .option('--for <time>', 'End after this time, such as 30s: a minute when nothing is said; with --sequence, at once.', duration)
    .action(async (address, options) => (await import('../commands/trace.ts')).trace(address, options));
}
