import { CLOUD_EVENT_PREFIXES, isTraceContextName } from '@angarium/codec-amqp';

/** What every event has; `specversion` alone is not enough to tell one from another's property. */
const REQUIRED = ['specversion', 'id', 'source', 'type'];
/** Names of attributes are lower-case letters and digits (CloudEvents 1.0, section "Naming Conventions"). */
const ATTRIBUTE = /^[a-z0-9]+$/;

type Property = [name: string, value: string];

/** Attributes of an event by their names alone, as the bindings of other protocols have them (CloudEvents MQTT binding 1.0, section 3.1.3). */
export function bareAttributes(properties: readonly Property[]): Property[] {
  return properties.map(([name, value]) => {
    const prefix = CLOUD_EVENT_PREFIXES.find(each => name.startsWith(each));
    return [prefix === undefined ? name : name.slice(prefix.length), value];
  });
}

/**
 * The same backwards: properties that are an event have the names that AMQP's binding gives them. What says which trace the message belongs to is the
 * message's as well as the event's.
 */
export function prefixedAttributes(properties: readonly Property[]): readonly Property[] {
  if (!REQUIRED.every(wanted => properties.some(([name]) => name === wanted))) return properties;
  return properties.flatMap(([name, value]): Property[] => {
    if (!ATTRIBUTE.test(name)) return [[name, value]];
    const attribute: Property = [CLOUD_EVENT_PREFIXES[0] + name, value];
    return isTraceContextName(name) ? [attribute, [name, value]] : [attribute];
  });
}
