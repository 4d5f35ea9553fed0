import { commandLine } from './command-line.ts';

/** Options of `angarium address create` whose names are not those of their fields. */
const OPTIONS: Readonly<Record<string, string>> = {
  ttlDefaultMs: 'ttl-default',
  ttlMaxMs: 'ttl-max',
  'redelivery.attemptsMax': 'attempts-max',
  'redelivery.delayMs': 'redelivery-delay',
  'redelivery.multiplier': 'redelivery-multiplier',
  'redelivery.delayMaxMs': 'redelivery-delay-max',
  'redelivery.jitter': 'redelivery-jitter',
  'breaker.failures': 'breaker-failures',
  'breaker.pauseMs': 'breaker-pause',
  'duplicates.windowMs': 'duplicates-window',
  'duplicates.idsMax': 'duplicates-ids-max',
  'retention.ageMs': 'retention-age',
  'retention.bytesMax': 'retention-bytes',
  'retention.messagesMax': 'retention-messages',
  bindings: 'bind',
  aliases: 'alias',
};

interface Divert {
  readonly to: string;
  readonly selector?: string;
  readonly move?: boolean;
}

/** The command that creates an address with this specification. */
export function createCommand(name: string, spec: Readonly<Record<string, unknown>>, space: string): string {
  const options: Record<string, string | number | boolean | readonly string[]> = {};
  const say = (field: string, value: unknown): void => {
    const option = OPTIONS[field] ?? field.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    options[option] = field.endsWith('Ms') ? `${value}ms` : (value as string);
  };
  for (const [field, value] of Object.entries(spec)) {
    if (field === 'diverts') continue;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) say(field, value);
    else for (const [inner, each] of Object.entries(value)) say(`${field}.${inner}`, each);
  }
  const diverts = (spec.diverts ?? []) as readonly Divert[];
  options.divert = diverts.filter(({ move }) => !move).map(divertWord);
  options['divert-away'] = diverts.filter(({ move }) => move).map(divertWord);
  return commandLine(['address', 'create', name], { ...options, space });
}

function divertWord({ to, selector }: Divert): string {
  return selector === undefined ? to : `${to}=${selector}`;
}
