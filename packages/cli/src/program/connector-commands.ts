import type { Command } from 'commander';
import type { Pausable } from '../commands/pause.ts';
import { forServer } from './for-server.ts';

export function addConnector(program: Command): void {
  addPauses(
    program,
    'connector',
    'Pause and resume connections that the server opens; get, apply and delete are for their documents.',
    'End the connection when what is under way over it is settled, and open none; queues and subscriptions keep what comes.',
    'Connect again, and go on forwarding.',
  );
  addPauses(
    program,
    'forwarder',
    'Pause and resume what moves messages over connectors; get, apply and delete are for their documents.',
    'Move no more messages, once those under way are settled; queues and subscriptions keep what comes.',
    'Go on.',
  );
}

function addPauses(program: Command, what: Pausable, words: string, pauses: string, resumes: string): void {
  const family = program.command(what).description(words);
  for (const [verb, description, paused] of [
    ['pause', pauses, true],
    ['resume', resumes, false],
  ] as const)
    forServer(family.command(verb).description(description).argument('<name>', 'The name.')).action(async (name, options) =>
      (await import('../commands/pause.ts')).pause(what, name, paused, options),
    );
}
