import { type Command, Option } from 'commander';
import { collect } from '../option-types.ts';
import { forServer } from './for-server.ts';

const NAME = 'The name.';
const USER_TYPES = ['password', 'service-account', 'certificate', 'federated'];

export function addUser(program: Command): void {
  const user = program.command('user').description('Say who may connect: users of an address space, their passwords, tokens and roles.');
  forDocuments(
    user
      .command('create')
      .description(
        'Create a user, whose password is asked for, or read from standard input. The first user of a server administers it, unless --role says otherwise.',
      )
      .argument('<name>', NAME),
  )
    .addOption(new Option('--type <type>', 'How the user proves who it is.').choices(USER_TYPES).default('password'))
    .option('--role <name>', 'The role, such as admin, developer, user, viewer, server-admin or server-monitor.')
    .option('--group <name>', 'A group that the user is in; may be given more than once.', collect)
    .option(
      '--subject <text>',
      'Of type certificate: its subject, as in CN=pump,O=Acme. Of type federated: the subject that has to come with the name.',
    )
    .option('--fingerprint <hex>', 'Of type certificate: SHA-256 of the certificate.')
    .option('--certificate-name <name>', 'Of type certificate: one of its alternative names.')
    .option('--generate', 'Make a password, and print it this once.')
    .action(async (name, options) => (await import('../commands/user.ts')).createUser(name, options));
  forDocuments(user.command('list').alias('ls').description('List users.')).action(async options =>
    (await import('../commands/user.ts')).listUsers(options),
  );
  forDocuments(user.command('get').description('Show one user, without what is secret.').argument('<name>', NAME)).action(
    async (name, options) => (await import('../commands/user.ts')).getUser(name, options),
  );
  forDocuments(
    user.command('delete').alias('rm').description('Delete a user; whoever is connected as it is sent away.').argument('<name>', NAME),
  ).action(async (name, options) => (await import('../commands/user.ts')).deleteUser(name, options));
  forDocuments(
    user
      .command('set-password')
      .description(
        'Give a user another password, which is asked for, or read from standard input; whoever is connected as it is sent away.',
      )
      .argument('<name>', NAME),
  )
    .option('--generate', 'Make a password, and print it this once.')
    .action(async (name, options) => (await import('../commands/user.ts')).setPassword(name, options));
  forDocuments(
    user.command('disable').description('Let nobody connect as this user; whoever is connected is sent away.').argument('<name>', NAME),
  ).action(async (name, options) => (await import('../commands/user.ts')).disableUser(name, true, options));
  forDocuments(user.command('enable').description('Let a user that was disabled connect again.').argument('<name>', NAME)).action(
    async (name, options) => (await import('../commands/user.ts')).disableUser(name, false, options),
  );
  forServer(
    user
      .command('token')
      .description('Make a token for a service account, and print it this once. Of those of before, the newest one stays good.')
      .argument('<name>', NAME),
  )
    .option('--ttl <time>', 'How long it is good for, such as 720h; without it, until there are two newer ones.')
    .action(async (name, options) => (await import('../commands/user.ts')).makeToken(name, options));
  user
    .command('hash-password')
    .description(
      'Print what the entry of a user in a configuration file needs for a password, which is asked for, or read from standard input: its hash, and what logging in by SCRAM needs.',
    )
    .option('--json', 'Print JSON, for programs.')
    .action(async options => (await import('../commands/user.ts')).printPasswordHash(options));
}

/** Of a server, or of a data directory that none uses. */
function forDocuments(command: Command): Command {
  return forServer(command).option('--data-dir <FOLDER>', 'Without a server: in this data directory, which no server uses now.');
}
