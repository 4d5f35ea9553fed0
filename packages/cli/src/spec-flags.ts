import { type Command, Option } from 'commander';
import { collect, decimal, duration, size, wholeNumber } from './option-types.ts';

type Value = string | number | boolean | readonly string[];

interface SpecFlag {
  readonly flags: string;
  /** The field of the specification, as docs/reference/address.md names it. */
  readonly field: string;
  readonly words: string;
  readonly parse?: (text: string, before?: never) => unknown;
  readonly choices?: readonly string[];
}

/** The flags that declare an address or a plan, each with its field. */
export const SPEC_FLAGS: readonly SpecFlag[] = [
  {
    flags: '--messages-max <n>',
    field: 'messagesMax',
    words: 'Most messages stored; producers get no credit beyond.',
    parse: wholeNumber(1),
  },
  {
    flags: '--bytes-max <size>',
    field: 'bytesMax',
    words: 'Most bytes stored, such as 2GiB; producers get no credit beyond.',
    parse: size,
  },
  { flags: '--message-size-bytes-max <size>', field: 'messageSizeBytesMax', words: 'Largest message taken, such as 1MiB.', parse: size },
  {
    flags: '--overflow <policy>',
    field: 'overflow',
    words: 'What a full address does: withhold credit, refuse what comes, or give up its oldest messages.',
    choices: ['block', 'reject', 'drop-oldest'],
  },
  { flags: '--consumers-max <n>', field: 'consumersMax', words: 'Most consumers at a time.', parse: wholeNumber(1) },
  { flags: '--ttl-default <time>', field: 'ttlDefaultMs', words: 'Time to live of messages that say none.', parse: duration },
  { flags: '--ttl-max <time>', field: 'ttlMaxMs', words: 'Longest time to live.', parse: duration },
  {
    flags: '--attempts-max <n>',
    field: 'redelivery.attemptsMax',
    words: 'Deliveries that may fail; then the message is a dead letter.',
    parse: wholeNumber(1),
  },
  { flags: '--redelivery-delay <time>', field: 'redelivery.delayMs', words: 'Wait before the first redelivery.', parse: duration },
  {
    flags: '--redelivery-multiplier <x>',
    field: 'redelivery.multiplier',
    words: 'Each delay is this many times the one before.',
    parse: decimal(1, 100),
  },
  { flags: '--redelivery-delay-max <time>', field: 'redelivery.delayMaxMs', words: 'The longest delay.', parse: duration },
  { flags: '--redelivery-jitter <share>', field: 'redelivery.jitter', words: 'Share of each delay left to chance.', parse: decimal(0, 1) },
  { flags: '--dead-letter <address>', field: 'deadLetter', words: 'Where rejected messages go, and those whose attempts are used up.' },
  { flags: '--expiry <address>', field: 'expiry', words: 'Where expired messages go.' },
  {
    flags: '--breaker-failures <n>',
    field: 'breaker.failures',
    words: 'Pause deliveries after so many failures in a row.',
    parse: wholeNumber(1),
  },
  { flags: '--breaker-pause <time>', field: 'breaker.pauseMs', words: 'How long they pause then.', parse: duration },
  {
    flags: '--consumers <way>',
    field: 'consumers',
    words: 'All consumers share the messages, or the first has all and the next takes over.',
    choices: ['competing', 'single-active'],
  },
  { flags: '--last-value-key <property>', field: 'lastValueKey', words: 'Keep only the newest message of each value of this property.' },
  { flags: '--non-destructive', field: 'nonDestructive', words: 'Consumers see every message, and take none away.' },
  { flags: '--fair-key <property>', field: 'fairKey', words: 'Serve the values of this property in turn.' },
  {
    flags: '--duplicates-window <time>',
    field: 'duplicates.windowMs',
    words: 'A message whose id came within this time is not stored again.',
    parse: duration,
  },
  { flags: '--duplicates-ids-max <n>', field: 'duplicates.idsMax', words: 'Most ids remembered.', parse: wholeNumber(1) },
  {
    flags: '--bind <pattern>',
    field: 'bindings',
    words: 'The queue gets what topics publish that match, such as news/# or +/eu; may be given more than once.',
    parse: collect,
  },
  { flags: '--retention-age <time>', field: 'retention.ageMs', words: 'What is older goes, such as 7d.', parse: duration },
  { flags: '--retention-bytes <size>', field: 'retention.bytesMax', words: 'What is beyond goes.', parse: size },
  { flags: '--retention-messages <n>', field: 'retention.messagesMax', words: 'What is beyond goes.', parse: wholeNumber(1) },
];

/** Flags of an address that a plan does not have, but for the type. */
const ADDRESS_FLAGS: readonly SpecFlag[] = [
  { flags: '--plan <name>', field: 'plan', words: 'The plan whose fields hold where nothing else is said.' },
  { flags: '--alias <name>', field: 'aliases', words: 'A further name; may be given more than once.', parse: collect },
];

export type SpecDocument = Record<string, unknown>;

/** Offers the flags of a specification. */
export function addSpecFlags(command: Command, of: 'address' | 'plan'): Command {
  for (const flag of of === 'plan' ? SPEC_FLAGS : [...ADDRESS_FLAGS, ...SPEC_FLAGS]) command.addOption(optionOf(flag));
  return command
    .option(
      '--divert <to[=selector]>',
      'Messages go there too, all or those of a selector: --divert "audit=colour = \'red\'"; may be given more than once.',
      collect,
    )
    .option('--divert-away <to[=selector]>', 'The same, and the address itself does not get them.', collect)
    .option('--forward <to>', 'All messages go there instead.');
}

function optionOf({ flags, words, parse, choices }: SpecFlag): Option {
  const option = new Option(flags, words);
  if (choices) option.choices(choices);
  if (parse) option.argParser(parse as (text: string) => unknown);
  return option;
}

/** What the flags say, as the fields of a specification. */
export function specOfFlags(options: Readonly<Record<string, unknown>>): SpecDocument {
  const spec: SpecDocument = {};
  for (const flag of [...ADDRESS_FLAGS, ...SPEC_FLAGS]) {
    const value = options[optionOf(flag).attributeName()] as Value | undefined;
    if (value !== undefined) setField(spec, flag.field, value);
  }
  const diverts = [
    ...((options.divert as readonly string[] | undefined) ?? []).map(text => divertOf(text, false)),
    ...((options.divertAway as readonly string[] | undefined) ?? []).map(text => divertOf(text, true)),
    ...(typeof options.forward === 'string' ? [{ to: options.forward, move: true }] : []),
  ];
  if (diverts.length > 0) spec.diverts = diverts;
  return spec;
}

function divertOf(text: string, move: boolean): SpecDocument {
  const equals = text.indexOf('=');
  if (equals < 0) return { to: text, ...(move && { move }) };
  return { to: text.slice(0, equals).trim(), selector: text.slice(equals + 1).trim(), ...(move && { move }) };
}

/** Sets a field such as `redelivery.delayMs`. */
export function setField(spec: SpecDocument, field: string, value: unknown): void {
  const [first, rest] = field.split('.', 2) as [string, string | undefined];
  if (rest === undefined) spec[first] = value;
  else spec[first] = { ...(spec[first] as SpecDocument | undefined), [rest]: value };
}
