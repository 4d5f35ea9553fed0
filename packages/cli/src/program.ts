import { Command, Option } from 'commander';
import { EXIT_CODES } from './exit-code.ts';
import { collectProperty, duration, wholeNumber } from './option-types.ts';
import { addAccess } from './program/access-commands.ts';
import { addActivity } from './program/activity-commands.ts';
import { addAddress, addPlan } from './program/address-commands.ts';
import { addAudit } from './program/audit-commands.ts';
import { addBackup } from './program/backup-commands.ts';
import { addCertificate } from './program/certificate-commands.ts';
import { addCompletion } from './program/completion-commands.ts';
import { addConnector } from './program/connector-commands.ts';
import { ADDRESS_TYPES, forServer, withTls } from './program/for-server.ts';
import { addMonitoring } from './program/monitoring-commands.ts';
import { addQueue, addSubscription } from './program/queue-commands.ts';
import { addResources } from './program/resource-commands.ts';
import { addSpace } from './program/space-commands.ts';
import { addTrace } from './program/trace-commands.ts';
import { addUser } from './program/user-commands.ts';

const LOAD_MODES = ['flow', 'fill', 'drain', 'ping'];

/** One option of the server, as `up` offers it; `configurationOptions` of the server gives them. */
export interface ServerFlag {
  readonly name: string;
  readonly flag: string | undefined;
  readonly variable: string | undefined;
  readonly kind: 'string' | 'integer' | 'boolean' | 'list' | 'objects';
  readonly default: unknown;
  readonly placeholder: string;
  readonly description: string;
}

/**
 * The whole command line: what `--help` prints and docs/reference/command-line.md is made from. What a command does is loaded when it is called.
 * `serverFlags` are needed for `up` alone; everything else starts quicker without them.
 */
export function buildProgram(version: string, serverFlags: readonly ServerFlag[]): Command {
  const program = new Command('angarium');
  program
    .description('Messaging as a service: queues, topics, and direct addresses, over AMQP 1.0, MQTT 5.0 and 3.1.1, and HTTP.')
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('Run it with --help to see what it takes.')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'angarium: ')) })
    .addHelpText('after', `\nExit codes:\n${exitCodes()}`);
  addUp(program, serverFlags);
  addResources(program);
  addSpace(program);
  addAddress(program);
  addPlan(program);
  addQueue(program);
  addSubscription(program);
  addTrace(program);
  addSend(program);
  addReceive(program);
  addBench(program);
  addBackup(program);
  addWebhook(program);
  addConnection(program);
  addConnector(program);
  addActivity(program);
  addCertificate(program);
  addContext(program);
  addUser(program);
  addAccess(program);
  addAudit(program);
  addMonitoring(program);
  addCompletion(program);
  return program;
}

function exitCodes(): string {
  return Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`)
    .join('\n');
}

function addUp(program: Command, serverFlags: readonly ServerFlag[]): void {
  const up = program
    .command('up')
    .description('Start a server. Every option can be a flag, a variable, or a key of the configuration file, in this order of precedence.')
    .option('-c, --config <FILE>', 'Read a configuration file (YAML). Also: ANGARIUM_CONFIG.')
    .option('--json', 'Print one JSON line on standard output when the server is ready, for programs.')
    .action(async options => (await import('./commands/up.ts')).up(options));
  for (const option of serverFlags) {
    if (option.flag === undefined) continue;
    const words = `${option.description} Default: ${shownDefault(option.default)}. Also: ${option.variable}.`;
    if (option.kind !== 'boolean') up.option(`--${option.flag} <${option.placeholder}>`, words);
    else if (option.default === true)
      up.option(`--${option.flag}`, words).option(`--no-${option.flag}`, `The opposite of --${option.flag}.`);
    else up.option(`--${option.flag}`, words);
  }
}

function shownDefault(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? 'none' : String(value);
}

function addSend(program: Command): void {
  forServer(
    program
      .command('send')
      .description('Send messages to an address, and wait until the server has them (or, on a direct address, a consumer).')
      .argument('<address>', 'Where to.')
      .argument('[body]', 'The text to send; without it and without --file it is read from standard input.'),
  )
    .option('--file <path>', 'Send the contents of this file.')
    .option('-n, --count <n>', 'Send it this often.', wholeNumber(1), 1)
    .option(
      '-p, --property <key=value>',
      'Set an application property: key=text, or key:=number (or true, false); may be given more than once.',
      collectProperty,
      {},
    )
    .option('--content-type <type>', 'Say what the body is, such as application/json.')
    .option('--ttl <time>', 'Let the message expire after this time, such as 30s.', duration)
    .option('--priority <n>', '0 (lowest) to 9; 4 is usual.', wholeNumber(0, 9))
    .option('--delay <time>', 'Let the message be delivered after this time at the earliest.', duration)
    .option('--group <id>', 'Make it one of a group: its messages go to one consumer, in order.')
    .option('--message-id <id>', 'Say which message it is, for addresses that know duplicates.')
    .option('--durable', 'Keep the message over a restart of the server (the default).', true)
    .option('--no-durable', 'A restart of the server may lose the message; queues take more of these in a second.')
    .addOption(new Option('-t, --type <type>', 'Create the address with this type when it does not exist.').choices(ADDRESS_TYPES))
    .option('--timeout <time>', 'How long nothing may move before the command gives up.', duration, 10_000)
    .action(async (address, body, options) => (await import('./commands/send.ts')).send(address, body, options));
}

const OUTCOMES = ['accept', 'reject', 'release', 'fail'] as const;

function addReceive(program: Command): void {
  forServer(
    program
      .command('receive')
      .description('Receive messages from an address and print their bodies, one a line.')
      .argument('<address>', 'Where from.'),
  )
    .option('-n, --count <n>', 'End after this many messages; without it, go on until --timeout or Ctrl-C.', wholeNumber(1))
    .option('--timeout <time>', 'How long to wait for the next message; without it, for ever.', duration)
    .option('--browse', 'Look at the messages of a queue and leave them there.')
    .option('--selector <condition>', 'Only messages for which it holds, such as "colour = \'red\' AND size > 5".')
    .addOption(
      new Option('--outcome <outcome>', 'What to say of each message: that it is done, invalid, not wanted, or that handling it failed.')
        .choices(OUTCOMES)
        .default('accept'),
    )
    .option(
      '--offset <place>',
      'Where in a stream to begin: first, last, next, an offset, an ISO 8601 time, or how long ago, such as 6h. Default: next.',
    )
    .addOption(new Option('-t, --type <type>', 'Create the address with this type when it does not exist.').choices(ADDRESS_TYPES))
    .action(async (address, options) => (await import('./commands/receive.ts')).receive(address, options));
}

function addBench(program: Command): void {
  forServer(
    program
      .command('bench')
      .description(
        'Measure throughput and latency of an address with a generator of load. The address is made for the run, and deleted after it.',
      )
      .argument('[address]', 'Use this address; one that exists is left there afterwards.', 'bench'),
  )
    .addOption(new Option('-t, --type <type>', 'The type of the address.').choices(ADDRESS_TYPES).default('anycast'))
    .addOption(
      new Option(
        '--mode <mode>',
        'flow: senders to receivers; fill: senders alone; drain: receivers alone; ping: one there and back at a time.',
      )
        .choices(LOAD_MODES)
        .default('flow'),
    )
    .option('--senders <n>', 'Connections that send.', wholeNumber(0), 1)
    .option('--receivers <n>', 'Connections that receive.', wholeNumber(0), 1)
    .option('--size <bytes>', 'Size of the body.', wholeNumber(0), 100)
    .option('--seconds <n>', 'Measure so long (flow and ping).', wholeNumber(1), 10)
    .option('--count <n>', 'End after this many messages instead; needed by fill and drain.', wholeNumber(1))
    .option('--rate <n>', 'Messages a second, all senders together; as fast as it goes without it.', wholeNumber(1))
    .option('--settled', 'Send settled: nobody waits for outcomes.')
    .option('--durable', 'Say that messages are durable.')
    .option('--credit <n>', 'Deliveries under way to each receiver.', wholeNumber(1), 1000)
    .option('--window <n>', 'Messages under way from each sender.', wholeNumber(1), 1000)
    .option('--no-latency', 'Do not measure latency.')
    .action(async (address, options) => (await import('./commands/bench.ts')).bench(address, options));
}

function addWebhook(program: Command): void {
  const webhook = program.command('webhook').description('Push the messages of an address to a URL.');
  forServer(
    webhook
      .command('create')
      .description('Create a webhook: each message is posted as a CloudEvent, signed, and accepted by an answer of 2xx.')
      .argument('<name>', 'The name.')
      .argument('<address>', 'Whose messages; of a topic, those of a durable subscription of the webhook’s own.')
      .argument('<url>', 'Where to.'),
  )
    .addOption(new Option('--mode <mode>', 'How events are written (CloudEvents). Default: binary.').choices(['binary', 'structured']))
    .option('--secret-file <path>', 'Sign with this secret (whsec_…); without it, one is made and printed.')
    .option('--authorization-file <path>', 'Send what is in this file as the header field authorization.')
    .option('--in-flight-max <n>', 'Messages under way at a time. Default: 10.', wholeNumber(1))
    .option('--timeout <time>', 'How long an answer may take. Default: 15s.', duration)
    .option('--attempts-max <n>', 'Attempts after which a message is a dead letter of its address. Default: 16.', wholeNumber(1))
    .option('--retry <time>', 'Time between the first and the second attempt; it doubles from there. Default: 1s.', duration)
    .option('--retry-max <time>', 'The longest time between two attempts. Default: 1h.', duration)
    .action(async (name, address, url, options) => (await import('./commands/webhook.ts')).createWebhook(name, address, url, options));
  forServer(webhook.command('list').alias('ls').description('List webhooks and how they are.')).action(async options =>
    (await import('./commands/webhook.ts')).listWebhooks(options),
  );
  forServer(webhook.command('get').description('Show one webhook.').argument('<name>', 'The name.')).action(async (name, options) =>
    (await import('./commands/webhook.ts')).getWebhook(name, options),
  );
  forServer(
    webhook.command('delete').alias('rm').description('Delete a webhook, and its subscription.').argument('<name>', 'The name.'),
  ).action(async (name, options) => (await import('./commands/webhook.ts')).deleteWebhook(name, options));
}

function addConnection(program: Command): void {
  const connection = program.command('connection').description('See who is connected, and end a connection.');
  forServer(connection.command('list').alias('ls').description('List connections of all protocols.')).action(async options =>
    (await import('./commands/connection.ts')).listConnections(options),
  );
  forServer(
    connection.command('close').description('Close a connection; the client is told why.').argument('<id>', 'The id as list shows it.'),
  ).action(async (id, options) => (await import('./commands/connection.ts')).closeConnection(id, options));
}

function addContext(program: Command): void {
  const context = program.command('context').description('Name servers, and choose the one that commands speak to.');
  const create = context
    .command('create')
    .description('Name a server, and use it from now on when it is the first one.')
    .argument('<name>', 'The name.')
    .requiredOption('--url <url>', 'The address of its HTTP API.')
    .option('--user <name>', 'Who to be there.')
    .option('--password <password>', 'The password; without it, it is asked for when a user is given. The file is readable to you alone.')
    .option('--space <name>', 'The address space to use there.')
    .option('--use', 'Use it from now on.');
  withTls(create).action(async (name, options) => (await import('./commands/context.ts')).createContext(name, options));
  context
    .command('use')
    .description('Use this context from now on.')
    .argument('<name>', 'The name.')
    .action(async name => (await import('./commands/context.ts')).useContext(name));
  context
    .command('list')
    .alias('ls')
    .description('List contexts; a star marks the one in use.')
    .option('--json', 'Print JSON, for programs.')
    .action(async options => (await import('./commands/context.ts')).listContexts(options));
  context
    .command('show')
    .description('Show a context, without its password.')
    .argument('[name]', 'The name; without it, the one in use.')
    .option('--json', 'Print JSON, for programs.')
    .action(async (name, options) => (await import('./commands/context.ts')).showContext(name, options));
  context
    .command('delete')
    .alias('rm')
    .description('Forget a context; the server is left alone.')
    .argument('<name>', 'The name.')
    .action(async name => (await import('./commands/context.ts')).deleteContext(name));
}
