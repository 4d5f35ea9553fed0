import type { Command } from 'commander';
import { CommandError } from '../exit-code.ts';
import { print } from '../output.ts';
import { SHORT_NAMES } from '../resources/kind-names.ts';
import { ResourceClient } from '../resources/resource-client.ts';
import type { TargetOptions } from '../target.ts';

/** Commands that take a kind, and the names of documents of it after that. */
const OF_KINDS: ReadonlySet<string> = new Set(['get', 'describe', 'edit', 'delete', 'explain']);
/** Names that are offered: a shell shows no more. */
const NAMES_MAX = 200;
/** Somebody waits for his shell. */
const WAIT_MS = 2000;

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_angarium() {
  local IFS=$'\\n'
  COMPREPLY=($(angarium complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _angarium angarium`,
  zsh: `#compdef angarium
_angarium() {
  local -a found
  found=("\${(@f)$(angarium complete -- "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}")
  compadd -a found
}
compdef _angarium angarium`,
  fish: `complete -c angarium -f -a '(angarium complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

export function printCompletion(shell: string): void {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined)
    throw new CommandError('usage', `There is no completion for ${shell}, but for ${Object.keys(SCRIPTS).join(', ')}.`);
  print(script);
}

/** Prints what may stand in the place of the last word, a line each. */
export async function complete(program: Command, words: readonly string[]): Promise<void> {
  const last = words.at(-1) ?? '';
  const { command, rest } = commandOf(program, words.slice(0, -1));
  const found = last.startsWith('-') ? optionsOf(command) : await wordsOf(command, rest, optionsIn(words));
  for (const word of found) if (word.startsWith(last)) print(word);
}

/** The command that the words name, and the words after its name that are no options. */
function commandOf(program: Command, words: readonly string[]): { command: Command; rest: string[] } {
  let command = program;
  const rest: string[] = [];
  for (const [at, word] of words.entries()) {
    const below = rest.length === 0 ? command.commands.find(each => each.name() === word || each.aliases().includes(word)) : undefined;
    if (below) command = below;
    else if (!word.startsWith('-') && !takesValue(command, words[at - 1])) rest.push(word);
  }
  return { command, rest };
}

function takesValue(command: Command, word: string | undefined): boolean {
  return command.options.some(option => (option.long === word || option.short === word) && (option.required || option.optional));
}

function optionsOf(command: Command): string[] {
  return command.options.filter(({ hidden }) => !hidden).map(({ long, short }) => long ?? short ?? '');
}

/** Which server and space are meant, as far as the words before say. */
function optionsIn(words: readonly string[]): TargetOptions {
  const value = (...flags: string[]): string | undefined => words[words.findLastIndex(word => flags.includes(word)) + 1];
  const has = (...flags: string[]): boolean => words.some(word => flags.includes(word));
  return {
    ...(has('--url') && { url: value('--url')! }),
    ...(has('--context') && { context: value('--context')! }),
    ...(has('-s', '--space') && { space: value('-s', '--space')! }),
  };
}

async function wordsOf(command: Command, rest: readonly string[], options: TargetOptions): Promise<string[]> {
  if (command.commands.length > 0) return command.commands.map(each => each.name()).filter(name => name !== 'complete');
  if (!OF_KINDS.has(command.name()) || command.parent?.parent) return [];
  // Without a server there is nothing to offer, and nothing to say.
  return await Promise.race([documentsOf(rest, options), new Promise<string[]>(resolve => setTimeout(resolve, WAIT_MS, []).unref())]).catch(
    () => [],
  );
}

/** Kinds by all their names, or the names of documents of the kind. */
async function documentsOf([kindName]: readonly string[], options: TargetOptions): Promise<string[]> {
  const client = await ResourceClient.of(options);
  if (kindName === undefined) {
    const kinds = await client.kinds();
    return [...kinds.map(({ plural }) => plural), ...kinds.map(({ singularName }) => singularName), ...Object.keys(SHORT_NAMES)].sort();
  }
  const kind = await client.kind(kindName);
  const names: string[] = [];
  for await (const { metadata } of client.list(kind, client.space)) {
    names.push(metadata.name);
    if (names.length === NAMES_MAX) break;
  }
  return names;
}
