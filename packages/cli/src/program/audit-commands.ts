import type { Command } from 'commander';
import { duration, wholeNumber } from '../option-types.ts';
import { forServer } from './for-server.ts';

export function addAudit(program: Command): void {
  forServer(
    program
      .command('audit')
      .description(
        'Show who did what and what was refused, oldest first: of the address space that --space names, or of all that you may see.',
      ),
  )
    .option('--since <time>', 'So far back, such as 1h.', duration)
    .option('-n, --limit <n>', 'Most lines, the newest ones.', wholeNumber(1, 10_000), 100)
    .option('-f, --follow', 'Then what comes, until you interrupt it.')
    .action(async options => (await import('../commands/audit.ts')).showAudit(options));
}
