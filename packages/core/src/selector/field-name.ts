/** Sections of AMQP whose fields a selector may name, with the short forms that other brokers know. */
const SECTIONS: ReadonlyMap<string, string> = new Map([
  ['properties', 'properties.'],
  ['p', 'properties.'],
  ['header', 'header.'],
  ['h', 'header.'],
  ['application_properties', ''],
  ['a', ''],
]);

/**
 * The field that a selector's name means: `properties.group_id` and `p.group_id` are the field `properties.group-id`, as a name of a selector has no
 * hyphen; `application_properties.x` and `a.x` are the application property x. All other names are their own.
 */
export function fieldName(name: string): string {
  const dot = name.indexOf('.');
  const section = dot < 0 ? undefined : SECTIONS.get(name.slice(0, dot));
  if (section === undefined) return name;
  const field = name.slice(dot + 1);
  return section === '' ? field : section + field.replaceAll('_', '-');
}
