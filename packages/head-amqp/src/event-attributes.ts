/** Application properties that are attributes of a CloudEvent begin so (CloudEvents AMQP binding 1.0, section 3.1.3); the first is what we write. */
const PREFIXES = ['cloudEvents:', 'cloudEvents_'];
/** What every event has; `specversion` alone is not enough to tell one from another's property. */
const REQUIRED = ['specversion', 'id', 'source', 'type'];
/** Names of attributes are lower-case letters and digits (CloudEvents 1.0, section "Naming Conventions"). */
const ATTRIBUTE = /^[a-z0-9]+$/;

type Property = [name: string, value: string];

/** Attributes of an event by their names alone, as the bindings of other protocols have them (CloudEvents MQTT binding 1.0, section 3.1.3). */
export function bareAttributes(properties: readonly Property[]): Property[] {
  return properties.map(([name, value]) => {
    const prefix = PREFIXES.find(each => name.startsWith(each));
    return [prefix === undefined ? name : name.slice(prefix.length), value];
  });
}

/** The same backwards: properties that are an event have the names that AMQP's binding gives them. */
export function prefixedAttributes(properties: readonly Property[]): readonly Property[] {
  if (!REQUIRED.every(wanted => properties.some(([name]) => name === wanted))) return properties;
  return properties.map(([name, value]) => [ATTRIBUTE.test(name) ? PREFIXES[0] + name : name, value]);
}
