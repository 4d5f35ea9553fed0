import type { Command } from 'commander';
import { DEFAULT_SPACE, DEFAULT_URL } from '../target.ts';

/** The types of address that a command line names. */
export const ADDRESS_TYPES = ['queue', 'topic', 'stream', 'anycast', 'multicast'];

/** The options by which a command knows its server. */
export function forServer(command: Command): Command {
  return command
    .option('--url <url>', `The server, by its HTTP API. Also: ANGARIUM_URL. Default: the context in use, else ${DEFAULT_URL}.`)
    .option('--context <name>', 'The server, by a context. Also: ANGARIUM_CONTEXT.')
    .option('--user <name>', 'Who to be. Also: ANGARIUM_USER.')
    .option('--password <password>', 'The password. Better: ANGARIUM_PASSWORD, which does not show in the list of processes.')
    .option('--space <name>', `The address space. Also: ANGARIUM_SPACE. Default: ${DEFAULT_SPACE}.`)
    .option('--json', 'Print JSON, for programs.');
}
