/**
 * Writes docs/reference/ from the code: `npm run reference`. A test compares the pages with what this makes, so a stale one fails.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { addressPage } from './reference/address-page.ts';
import { amqpConformancePage } from './reference/amqp-conformance-page.ts';
import { commandLinePage } from './reference/command-line-page.ts';
import { configurationPage } from './reference/configuration-page.ts';
import { eventsPage } from './reference/events-page.ts';
import { metricsPage } from './reference/metrics-page.ts';
import { mqttConformancePage } from './reference/mqtt-conformance-page.ts';
import { openapiPage } from './reference/openapi-page.ts';
import { outcomesPage } from './reference/outcomes-page.ts';
import { refusalsPage } from './reference/refusals-page.ts';
import { resourcesPage } from './reference/resources-page.ts';
import { statusTopicsPage } from './reference/status-topics-page.ts';
import { translationPage } from './reference/translation-page.ts';

export const REFERENCE_FOLDER = fileURLToPath(new URL('../docs/reference/', import.meta.url));

/** Every page by its file name. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['address.md', addressPage()],
    ['resources.md', resourcesPage()],
    ['configuration.md', configurationPage()],
    ['refusals.md', refusalsPage()],
    ['outcomes.md', outcomesPage()],
    ['translation.md', translationPage()],
    ['status-topics.md', statusTopicsPage()],
    ['metrics.md', metricsPage()],
    ['events.md', eventsPage()],
    ['command-line.md', commandLinePage()],
    ['openapi.json', await openapiPage()],
    ['amqp-conformance.md', await amqpConformancePage()],
    ['mqtt-conformance.md', mqttConformancePage()],
  ]);
}

if (import.meta.main) {
  await mkdir(REFERENCE_FOLDER, { recursive: true });
  for (const [name, text] of await referencePages()) {
    await writeFile(`${REFERENCE_FOLDER}${name}`, text);
    process.stdout.write(`docs/reference/${name}\n`);
  }
}
