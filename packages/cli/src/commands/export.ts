import { stdout } from 'node:process';
import { linesOf } from '../api-client.ts';
import { remark } from '../output.ts';
import { ProgressLine } from '../progress-line.ts';
import type { EndLine, SpaceLine } from '../resources/export-file.ts';
import { ResourceClient } from '../resources/resource-client.ts';
import type { TargetOptions } from '../target.ts';

interface ExportOptions extends TargetOptions {
  readonly allSpaces?: boolean;
  readonly messages?: boolean;
  readonly secrets?: boolean;
}

/** Lines that are written at once. */
const LINES_AT_ONCE = 256;

/** Writes declared documents to standard output, as YAML, or as lines of JSON when stored messages follow them. */
export async function exportAll(options: ExportOptions): Promise<void> {
  const client = await ResourceClient.of(options);
  const query = new URLSearchParams({
    ...(!options.allSpaces && { space: client.space }),
    ...(options.messages && { format: 'json' }),
    ...(options.secrets && { secrets: 'true' }),
  });
  const { chunks } = await client.api.download('GET', `/export?${query}`);
  using line = new ProgressLine();
  if (!options.messages) {
    for await (const chunk of chunks) await write(chunk);
  } else {
    const documents = await writeLines(linesOf(chunks), count => line.show(`${count} documents`));
    let messages = 0;
    for (const space of options.allSpaces ? await client.spaces() : [client.space]) messages += await exportMessages(client, space, line);
    await writeLine({ kind: 'ExportEnd', documents, messages } satisfies EndLine);
    line.clear();
    remark(`${documents} documents and ${messages} messages, subscriptions and readers exported`);
  }
  if (!options.secrets) remark('Passwords and keys are not in it: --secrets exports them too, for administrators of the server.');
}

async function exportMessages(client: ResourceClient, space: string, line: ProgressLine): Promise<number> {
  const { headers, chunks } = await client.api.download('GET', `/addressspaces/${encodeURIComponent(space)}/messages:export`);
  await writeLine({ kind: 'StoredMessages', addressSpace: space } satisfies SpaceLine);
  return await writeLines(linesOf(chunks), count => line.show(`${space}: ${count} of ${String(headers['angarium-messages'])} messages`));
}

async function writeLines(lines: AsyncIterable<string>, seen: (count: number) => void): Promise<number> {
  let count = 0;
  let waiting: string[] = [];
  for await (const text of lines) {
    waiting.push(text);
    count++;
    if (waiting.length < LINES_AT_ONCE) continue;
    await write(`${waiting.join('\n')}\n`);
    waiting = [];
    seen(count);
  }
  if (waiting.length > 0) await write(`${waiting.join('\n')}\n`);
  return count;
}

function writeLine(value: object): Promise<void> {
  return write(`${JSON.stringify(value)}\n`);
}

/** Settles when the reader has room for more. */
function write(chunk: Uint8Array | string): Promise<void> {
  return new Promise(resolve => void stdout.write(chunk, () => resolve()));
}
