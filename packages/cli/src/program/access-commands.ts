import type { Command } from 'commander';
import { forServer } from './for-server.ts';

export function addAccess(program: Command): void {
  const access = program.command('access').description('Ask what users may do, and which rule says so.');
  forServer(
    access
      .command('check')
      .description('Say whether a user may do something with an address, and which rule decides it. The exit code says it too.')
      .argument('<user>', 'The user.')
      .argument('<action>', 'send, receive, view or manage.')
      .argument('<address>', 'The address, the topic, or a pattern of topics.'),
  ).action(async (user, action, address, options) => (await import('../commands/access.ts')).checkAccess(user, action, address, options));
}
