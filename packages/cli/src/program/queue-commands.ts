import { type Command, Option } from 'commander';
import { collectNumbers, wholeNumber } from '../option-types.ts';
import { forServer } from './for-server.ts';

const STATES = ['all', 'ready', 'scheduled', 'unsettled'];
const FROM = 'The address.';

export function addQueue(program: Command): void {
  const queue = program
    .command('queue')
    .description('Look at stored messages; count, remove, move and copy them, and send dead letters back.');
  selecting(queue.command('browse').description('List stored messages, and leave them there.').argument('<address>', FROM), 20).action(
    async (address, options) => (await import('../commands/queue.ts')).browseQueue(address, options),
  );
  selecting(
    queue.command('peek').description('Print the bodies of the next messages, and leave them there.').argument('<address>', FROM),
    1,
  ).action(async (address, options) => (await import('../commands/queue.ts')).peekQueue(address, options));
  naming(queue.command('count').description('Count stored messages.').argument('<address>', FROM)).action(async (address, options) =>
    (await import('../commands/queue.ts')).countQueue(address, options),
  );
  naming(queue.command('purge').description('Remove stored messages that no consumer has.').argument('<address>', FROM))
    .option('-y, --yes', 'Do not ask.')
    .action(async (address, options) => (await import('../commands/queue.ts')).purgeQueue(address, options));
  naming(
    queue.command('move').description('Move stored messages to another address.').argument('<address>', FROM).argument('<to>', 'Where to.'),
  ).action(async (address, to, options) => (await import('../commands/queue.ts')).moveQueue(address, to, options));
  naming(
    queue.command('copy').description('Copy stored messages to another address.').argument('<address>', FROM).argument('<to>', 'Where to.'),
  ).action(async (address, to, options) => (await import('../commands/queue.ts')).copyQueue(address, to, options));
  naming(queue.command('replay').description('Send dead letters back to the addresses that they come from.').argument('<address>', FROM))
    .option('--to <address>', 'Send all of them there instead.')
    .action(async (address, options) => (await import('../commands/queue.ts')).replayQueue(address, options));
  forServer(
    queue
      .command('cancel')
      .description('Remove messages by their numbers, such as scheduled ones that shall not be delivered.')
      .argument('<address>', FROM)
      .argument('<number...>', 'The numbers, as browse shows them.'),
  )
    .option('--subscription <name>', 'Of a topic: the subscription that has them.')
    .action(async (address, numbers, options) => (await import('../commands/queue.ts')).cancelMessages(address, numbers, options));
}

function naming(command: Command): Command {
  return selecting(command).option(
    '--number <n>',
    'Only the message of this number, as browse shows it, and not another one when it is gone; several: 7,9, or given more than once.',
    collectNumbers,
  );
}

function selecting(command: Command, maxDefault?: number): Command {
  return forServer(command)
    .option('--selector <condition>', 'Only messages for which it holds, such as "colour = \'red\' AND size > 5".')
    .addOption(
      new Option('--state <state>', 'Only messages that wait for a consumer, for their time, or are with a consumer.').choices(STATES),
    )
    .option('--subscription <name>', 'Of a topic: the subscription whose messages are meant.')
    .option('--from <number>', 'Begin at this number.', wholeNumber(0))
    .option('-n, --max <n>', 'Most messages.', wholeNumber(1), maxDefault);
}

export function addSubscription(program: Command): void {
  const subscription = program
    .command('subscription')
    .description('See who subscribes to a topic and what waits for them, and end subscriptions.');
  forServer(
    subscription.command('list').alias('ls').description('List the subscriptions of a topic.').argument('<topic>', 'The address.'),
  ).action(async (topic, options) => (await import('../commands/subscription.ts')).listSubscriptions(topic, options));
  forServer(
    subscription
      .command('delete')
      .alias('rm')
      .description('End a named subscription, and what waits in it.')
      .argument('<topic>', 'The address.')
      .argument('<name>', 'The name, as list shows it.'),
  )
    .option('-f, --force', 'Also one that has consumers; they are told.')
    .action(async (topic, name, options) => (await import('../commands/subscription.ts')).deleteSubscription(topic, name, options));
}
