import type { Command } from 'commander';
import { DEFAULT_SPACE, DEFAULT_URL } from '../target.ts';

/** The types of address that a command line names. */
export const ADDRESS_TYPES = ['queue', 'topic', 'stream', 'anycast', 'multicast'];

/** What is needed for TLS, besides a URL of https. */
export function withTls(command: Command): Command {
  return command
    .option('--ca <file>', 'Authorities that may have certified the server (PEM), in place of those of the system. Also: ANGARIUM_CA.')
    .option('--cert <file>', 'A certificate of your own (PEM), for a server that wants one. Also: ANGARIUM_CERT.')
    .option('--key <file>', 'Its key (PEM). Also: ANGARIUM_KEY.')
    .option('--insecure', 'Take whatever certificate the server has: whoever answers sees everything.');
}

/** The options by which a command knows its server. */
export function forServer(command: Command): Command {
  command
    .option('--url <url>', `The server, by its HTTP API. Also: ANGARIUM_URL. Default: the context in use, else ${DEFAULT_URL}.`)
    .option('--context <name>', 'The server, by a context. Also: ANGARIUM_CONTEXT.')
    .option('--user <name>', 'Who to be. Also: ANGARIUM_USER.')
    .option('--password <password>', 'The password. Better: ANGARIUM_PASSWORD, which does not show in the list of processes.')
    .option('-s, --space <name>', `The address space. Also: ANGARIUM_SPACE. Default: ${DEFAULT_SPACE}.`);
  return withTls(command).option('--json', 'Print JSON, for programs.');
}
