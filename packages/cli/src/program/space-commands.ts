import type { Command } from 'commander';
import { collect } from '../option-types.ts';
import { forServer } from './for-server.ts';

/** Short forms for address spaces, which are documents like others. */
export function addSpace(program: Command): void {
  const space = program.command('space').description('Create, list, show and delete address spaces: each has its own addresses and users.');
  forServer(
    space
      .command('create')
      .description('Create an address space, and a first user of it who may do everything there.')
      .argument('<name>', 'The name: lower case letters, digits and hyphens.'),
  )
    .option('--admin <user>', 'Make this user its administrator, with a password that is made and printed once.')
    .option('--plan <name>', 'The address space plan whose fields hold where nothing else is said.')
    .option('--display-name <text>', 'What people call it.')
    .option('--hostname <name>', 'A host name by which clients mean it; may be given more than once.', collect)
    .action(async (name, options) => (await import('../commands/space.ts')).createSpace(name, options));
  forServer(space.command('list').alias('ls').description('List the address spaces that you may enter.')).action(async options =>
    (await import('../commands/space.ts')).listSpaces(options),
  );
  forServer(
    space.command('get').description('Show one address space, and where its clients connect.').argument('<name>', 'The name.'),
  ).action(async (name, options) => (await import('../commands/space.ts')).getSpace(name, options));
  forServer(space.command('delete').alias('rm').description('Delete an address space.').argument('<name>', 'The name.'))
    .option('--force', 'Also one that has addresses: they go, with what they hold. It asks first.')
    .option('--cascade', 'The same.')
    .option('-y, --yes', 'Do not ask.')
    .action(async (name, options) => (await import('../commands/delete.ts')).deleteDocuments('addressspace', [name], options));
}
