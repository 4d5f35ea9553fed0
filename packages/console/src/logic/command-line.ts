import { toYaml } from './yaml.ts';

/** A word of a command line, in quotes where a shell would read it otherwise. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export type CommandOptions = Readonly<Record<string, string | number | boolean | undefined | readonly string[]>>;

/**
 * `angarium WORDS… [--option value …]`. An option that is true stands alone, one that is undefined or false is left out, and a list is said once for
 * each. The space `default` is what the command line takes by itself.
 */
export function commandLine(words: readonly string[], options: CommandOptions = {}): string {
  const line = ['angarium', ...words.map(shellWord)];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === false || (name === 'space' && value === 'default')) continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      line.push(`--${name}`);
      if (each !== true) line.push(shellWord(String(each)));
    }
  }
  return line.join(' ');
}

/** A change as somebody without the console makes it: by commands, and by a document for `angarium apply -f`. */
export interface Change {
  /** Empty where the document alone says it. */
  readonly commands: readonly string[];
  /** Absent where nothing that is declared changes, as when messages are moved. */
  readonly document?: object | readonly object[];
}

/** The document, or several, with the command that applies them. */
export function applyCommand(document: object | readonly object[]): string {
  const documents = Array.isArray(document) ? document : [document];
  return `angarium apply -f - <<'END'\n${documents.map(toYaml).join('---\n')}END`;
}
