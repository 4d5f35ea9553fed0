import type { Command } from 'commander';
import { forServer } from './for-server.ts';

/** How commands are completed by shells. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('Print a script by which a shell completes commands, options, kinds and names: source <(angarium completion bash)')
    .argument('<shell>', 'bash, zsh or fish.')
    .action(async shell => (await import('../commands/completion.ts')).printCompletion(shell));
  // What the scripts ask; the words are those of the command line so far, and the last one is what is completed.
  forServer(program.command('complete', { hidden: true }).argument('[word...]'))
    .allowUnknownOption()
    .action(async words => (await import('../commands/completion.ts')).complete(program, words));
}
