import { type Fields, fieldsOf, listOf, placeOf, type Translation, TranslationError, textOf } from './translation.ts';

/** EnMasse's types of address, and ours. A subscription is a queue that gets what is sent to its topic. */
const TYPES: Readonly<Record<string, string>> = {
  queue: 'queue',
  topic: 'topic',
  anycast: 'anycast',
  multicast: 'multicast',
  subscription: 'queue',
  deadletter: 'queue',
};

/** Address of enmasse.io/v1beta1. */
export function translateAddress(translation: Translation): void {
  const { space } = placeOf(translation.metadata);
  const { address, type, plan, topic, ttl, messageTtl, messageRedelivery, deadletter, expiry, forwarders, ...rest } = translation.spec;
  const name = textOf(address, 'spec.address');
  const ours = TYPES[String(type)];
  if (ours === undefined) throw new TranslationError(`spec.type, ${String(type)}, is none of ${Object.keys(TYPES).join(', ')}.`);
  translation.leave(rest, 'spec');
  translation.add('Address', space, name, {
    type: ours,
    plan: translation.named('AddressPlan', space, plan, 'spec.plan'),
    bindings: type === 'subscription' ? bindingsOf(textOf(topic, 'spec.topic')) : undefined,
    ttlMaxMs: ttlMaxOf(translation, ttl ?? messageTtl),
    redelivery: redeliveryOf(translation, messageRedelivery),
    deadLetter: deadletter,
    expiry,
  });
  for (const { name: named, remoteAddress, direction, ...others } of listOf(forwarders)) {
    const [connector = '', ...remote] = textOf(remoteAddress, 'spec.forwarders.remoteAddress').split('/');
    translation.leave(others, 'spec.forwarders');
    translation.add('Forwarder', space, `${name}.${String(named)}`.replaceAll(/[^A-Za-z0-9._-]/g, '-'), {
      connector,
      address: name,
      remoteAddress: remote.join('/'),
      direction,
    });
  }
}

/** The topic itself, and those below its name. */
function bindingsOf(topic: string): string[] {
  return [topic, `${topic}/#`];
}

export function ttlMaxOf(translation: Translation, value: unknown): unknown {
  const { maximum, ...rest } = fieldsOf(value);
  translation.leave(rest, 'spec.ttl');
  return maximum;
}

export function redeliveryOf(translation: Translation, value: unknown): Fields | undefined {
  if (value === undefined) return undefined;
  const { maximumDeliveryAttempts, redeliveryDelay, redeliveryDelayMultiplier, maximumRedeliveryDelay, ...rest } = fieldsOf(value);
  translation.leave(rest, 'spec.messageRedelivery');
  const entries = Object.entries({
    // EnMasse says -1 where there is no end of attempts.
    attemptsMax: maximumDeliveryAttempts === -1 ? undefined : maximumDeliveryAttempts,
    delayMs: redeliveryDelay,
    multiplier: redeliveryDelayMultiplier,
    delayMaxMs: maximumRedeliveryDelay,
  }).filter(([, field]) => field !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
