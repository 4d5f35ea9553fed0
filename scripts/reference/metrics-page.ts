import { METRICS } from '../../packages/server/src/metrics/metrics.ts';
import { LEFT_OUT, SPACE_METRICS } from '../../packages/server/src/metrics/space-metrics.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/metrics.md */
export function metricsPage(): string {
  const ofSpaces = new Set(SPACE_METRICS.map(({ name }) => name));
  const rows = (holds: (name: string) => boolean): string[][] =>
    [...METRICS, LEFT_OUT]
      .filter(({ name }) => holds(name))
      .map(({ name, type, labels, help }) => [`\`${name}\``, type, labels.map(label => `\`${label}\``).join(', '), help]);
  const ofAddresses = (name: string): boolean =>
    name.startsWith('angarium_address_') && METRICS.some(each => each.name === name && each.labels.includes('address'));
  const columns = ['metric', 'type', 'labels', 'what it tells'];
  return `${GENERATED}

# Metrics

What \`/metrics\` answers to Prometheus, and \`/apis/angarium.dev/v1/addressspaces/NAME/metrics\` to users of one address space (without the first table). How to have it
read, alert rules and a dashboard: [monitoring](../monitoring.md).

Counters count from the start of the server. They never go down while it runs: what an address has counted is still counted in its address space when it is deleted.

The labels \`address_space\` and \`address\` have at most \`metricsSpacesMax\` and \`metricsAddressesMax\` values ([configuration](configuration.md)); those that come first keep theirs.
All others together are \`$others\`, so that sums are right; addresses made for one client (dynamic ones), and MQTT sessions, are always there.

## The server

${markdownTable(
  columns,
  rows(name => !ofSpaces.has(name) && name !== LEFT_OUT.name),
)}

## Address spaces

${markdownTable(
  columns,
  rows(name => ofSpaces.has(name) && !ofAddresses(name)),
)}

## For who may not view everything

A user of an address space who may not view all of its addresses, or its connections, is told nothing that tells of them; in its place there is:

${markdownTable(
  columns,
  rows(name => name === LEFT_OUT.name),
)}

## Addresses

${markdownTable(columns, rows(ofAddresses))}
`;
}
