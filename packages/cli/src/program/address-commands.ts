import { type Command, Option } from 'commander';
import { collect } from '../option-types.ts';
import { addSpecFlags } from '../spec-flags.ts';
import { ADDRESS_TYPES, forServer } from './for-server.ts';

const FILE = 'Take it from a file of YAML or JSON, with one or more documents; flags count more than the file.';

export function addAddress(program: Command): void {
  const address = program.command('address').description('Create, list, show, change and delete addresses.');
  const create = forServer(
    address.command('create').description('Create an address.').argument('[name]', 'The name, such as orders or orders/eu.'),
  )
    .addOption(new Option('-t, --type <type>', 'What the address does with messages.').choices(ADDRESS_TYPES))
    .option('-f, --file <file>', FILE)
    .option('--if-absent', 'One that exists already, and is like this, is fine.');
  addSpecFlags(create, 'address').action(async (name, options) => (await import('../commands/address.ts')).createAddress(name, options));
  const update = forServer(address.command('update').description('Change an address while it is in use.').argument('[name]', 'The name.'))
    .option('-f, --file <file>', FILE)
    .option('--unset <field>', 'Take a field away, such as deadLetter or redelivery.delayMs; may be given more than once.', collect);
  addSpecFlags(update, 'address').action(async (name, options) => (await import('../commands/address.ts')).updateAddress(name, options));
  forServer(address.command('list').alias('ls').description('List addresses and what they hold.')).action(async options =>
    (await import('../commands/address.ts')).listAddresses(options),
  );
  forServer(
    address.command('get').description('Show one address: what holds for it, and how it is.').argument('<name>', 'The name.'),
  ).action(async (name, options) => (await import('../commands/address.ts')).getAddress(name, options));
  forServer(address.command('delete').alias('rm').description('Delete an address.').argument('<name>', 'The name.'))
    .option('-f, --force', 'Also when it holds messages, or has producers or consumers.')
    .action(async (name, options) => (await import('../commands/address.ts')).deleteAddress(name, options));
}

export function addPlan(program: Command): void {
  const plan = program.command('plan').description('Name what many addresses have in common, and change it for all of them.');
  const create = forServer(
    plan.command('create').description('Make a plan; with --replace, another one in place of it.').argument('[name]', 'The name.'),
  )
    .option('-f, --file <file>', FILE)
    .option('--replace', 'One of the name that is there says this from now on, and nothing else.');
  addSpecFlags(create, 'plan').action(async (name, options) => (await import('../commands/plan.ts')).createPlan(name, options));
  forServer(plan.command('list').alias('ls').description('List plans.')).action(async options =>
    (await import('../commands/plan.ts')).listPlans(options),
  );
  forServer(plan.command('get').description('Show one plan.').argument('<name>', 'The name.')).action(async (name, options) =>
    (await import('../commands/plan.ts')).getPlan(name, options),
  );
  forServer(plan.command('delete').alias('rm').description('Delete a plan that no address uses.').argument('<name>', 'The name.')).action(
    async (name, options) => (await import('../commands/plan.ts')).deletePlan(name, options),
  );
}
