import { MQTT_CONFORMANCE, type StatementRow } from '../../packages/head-mqtt/conformance.ts';
import { GENERATED, markdownTable } from './markdown.ts';

const SPECIFICATIONS = {
  '5.0': 'OASIS standard MQTT 5.0 (7 March 2019)',
  '3.1.1': 'OASIS standard MQTT 3.1.1 (29 October 2014)',
} as const satisfies Record<keyof typeof MQTT_CONFORMANCE, string>;

/** docs/reference/mqtt-conformance.md */
export function mqttConformancePage(): string {
  const sections = Object.entries(MQTT_CONFORMANCE).map(([version, rows]) => {
    const count = (status: StatementRow['status']): number => rows.filter(row => row.status === status).length;
    return `## MQTT ${version}

Normative statements of the ${SPECIFICATIONS[version as keyof typeof SPECIFICATIONS]}, appendix B, in our words.
${rows.length} statements: ${count('tested')} tested, ${count('client')} are duties of clients, ${count('not-applicable')} do not apply.

${markdownTable(
  ['statement', 'says', 'status'],
  rows.map(row => [`MQTT-${row.clause}`, row.statement, statusOf(row)]),
)}
`;
  });
  return `${GENERATED}

# Conformance to MQTT

Every statement with the tests that show it, the server's conduct where a client does not keep to its duty, or why it does not apply.

${sections.join('\n')}`;
}

function statusOf(row: StatementRow): string {
  if (row.status === 'not-applicable') return `does not apply: ${row.why}`;
  const tests = row.proofs.map(({ file, test }) => `${file.slice(file.lastIndexOf('/') + 1, -'.test.ts'.length)}: ${test}`).join('; ');
  if (row.status === 'tested') return `tested: ${tests}`;
  return tests === '' ? 'a client’s duty' : `a client’s duty; tested: ${tests}`;
}
