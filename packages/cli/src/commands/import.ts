import { createReadStream } from 'node:fs';
import { stdin } from 'node:process';
import { linesOf, ProblemError } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { ProgressLine } from '../progress-line.ts';
import { readExportLine } from '../resources/export-file.ts';
import { type Manifest, manifestsOfText } from '../resources/manifest.ts';
import { ResourceClient } from '../resources/resource-client.ts';
import type { TargetOptions } from '../target.ts';
import { applyAll } from './apply.ts';

/** Standard input, in place of a file. */
const STREAM = '-';
/** Of one request: it is stored and on disk long before a request may take too long. */
const REQUEST_LENGTH_MAX = 4 * 1024 * 1024;
const REQUEST_LINES_MAX = 5000;

interface ImportOptions extends TargetOptions {
  readonly fromLine?: number;
  readonly json?: boolean;
}

interface Report {
  readonly imported: number;
  readonly expired: number;
}

/** Applies the documents of an export, and stores its messages. */
export async function importAll(file: string, options: ImportOptions): Promise<void> {
  const client = await ResourceClient.of(options);
  const run = new ImportRun(client, file, options);
  const source = file === STREAM ? stdin : createReadStream(file);
  try {
    for await (const text of linesOf(source)) await run.take(text);
    await run.end();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error && 'path' in error)
      throw new CommandError('usage', `The file ${file} cannot be read: ${error.message}`, error);
    throw error;
  }
}

/** One import, line by line: documents are applied before the first message is stored. */
class ImportRun {
  readonly #client: ResourceClient;
  readonly #file: string;
  readonly #options: ImportOptions;
  readonly #progress = new ProgressLine();
  readonly #documents: Manifest[] = [];
  /** The text so far, while it may be YAML. */
  #yaml: string[] | undefined;
  #line = 0;
  #space: string | undefined;
  #lines: string[] = [];
  /** The number of the first of them in the file. */
  #firstLine = 1;
  #length = 0;
  #imported = 0;
  #expired = 0;
  #ended = false;

  constructor(client: ResourceClient, file: string, options: ImportOptions) {
    this.#client = client;
    this.#file = file;
    this.#options = options;
  }

  async take(text: string): Promise<void> {
    this.#line++;
    const found = this.#yaml ? undefined : readExportLine(text);
    if (this.#yaml || (found === undefined && this.#line === 1)) {
      this.#yaml ??= [];
      this.#yaml.push(text);
      return;
    }
    if (text.trim() === '') return;
    if (found === undefined) throw new CommandError('usage', `${this.#at(this.#line)}: this is no line of an export.`);
    const isSkipped = this.#line < (this.#options.fromLine ?? 1);
    switch (found.what) {
      case 'document':
        if (!isSkipped) this.#documents.push(...this.#manifests(found.text));
        return;
      case 'space':
        await this.#flush();
        await this.#apply();
        this.#space = found.space;
        return;
      case 'stored':
        if (!isSkipped) await this.#store(found.text);
        return;
      case 'end':
        this.#ended = true;
    }
  }

  async end(): Promise<void> {
    if (this.#yaml) {
      const documents = manifestsOfText(this.#yaml.join('\n'), this.#file);
      if (documents.length === 0) throw new CommandError('usage', `${this.#file} has no documents.`);
      await applyAll(this.#client, documents, this.#options);
      return;
    }
    await this.#apply();
    await this.#flush();
    this.#progress.clear();
    if (this.#options.json) printJson({ imported: this.#imported, expired: this.#expired, whole: this.#ended });
    else print(`${this.#imported} messages imported${this.#expired === 0 ? '' : `, ${this.#expired} left out that have expired`}`);
    if (!this.#ended) throw new CommandError('failed', `${this.#file} is not whole: its end is missing. All that is in it is imported.`);
  }

  #manifests(text: string): Manifest[] {
    const line = this.#line;
    return manifestsOfText(text, this.#file).map(manifest => ({ ...manifest, where: () => this.#at(line) }));
  }

  async #apply(): Promise<void> {
    if (this.#documents.length > 0) await applyAll(this.#client, this.#documents.splice(0), this.#options);
  }

  async #store(text: string): Promise<void> {
    if (this.#lines.length === 0) this.#firstLine = this.#line;
    this.#lines.push(text);
    this.#length += text.length;
    if (this.#lines.length >= REQUEST_LINES_MAX || this.#length >= REQUEST_LENGTH_MAX) await this.#flush();
  }

  /** Sends what waits. What is wrong with a line is said with its number in the file, and how to go on. */
  async #flush(): Promise<void> {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    this.#length = 0;
    const space = this.#space ?? this.#client.space;
    try {
      const path = `/addressspaces/${encodeURIComponent(space)}/messages:import`;
      const { imported, expired } = await this.#client.api.postLines<Report>(path, `${lines.join('\n')}\n`);
      this.#imported += imported;
      this.#expired += expired;
      this.#progress.show(`${space}: ${this.#imported} messages imported`);
    } catch (error) {
      this.#progress.clear();
      throw this.#interrupted(error, lines.length);
    }
  }

  #interrupted(error: unknown, count: number): unknown {
    if (!(error instanceof CommandError)) return error;
    const [, line, words] = (error instanceof ProblemError && /^Line (\d+): (.*)$/s.exec(error.detail)) || [];
    if (line !== undefined) {
      const at = this.#firstLine + Number(line) - 1;
      const next = `Once that is mended, go on: angarium import ${this.#file} --from-line ${at}`;
      return new CommandError(error.reason, `${this.#at(at)}: ${words} ${next}`, error);
    }
    const last = this.#firstLine + count - 1;
    const unknown =
      error.reason === 'unreachable' ? ` Some of the lines up to ${last} may be stored as well, and would be twice then.` : '';
    remark(`All before line ${this.#firstLine} is stored.${unknown} Go on: angarium import ${this.#file} --from-line ${this.#firstLine}`);
    return error;
  }

  #at(line: number): string {
    return `${this.#file === STREAM ? 'standard input' : this.#file}:${line}`;
  }
}
