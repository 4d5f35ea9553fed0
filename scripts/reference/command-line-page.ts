import type { Command } from 'commander';
import { EXIT_CODES } from '../../packages/cli/src/exit-code.ts';
import { buildProgram } from '../../packages/cli/src/program.ts';
import { configurationOptions } from '../../packages/server/src/configuration.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/command-line.md */
export function commandLinePage(): string {
  const program = buildProgram('0', configurationOptions());
  const exitCodes = Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]);
  return `${GENERATED}

# Command line

In a checkout, \`npx angarium …\` runs these commands; an installed package has \`angarium\` itself.

Tables and sentences are for people; \`--json\` is for programs, and its fields stay. What the command is for goes to standard output, remarks and
errors go to standard error.

## Which server

Commands speak to the HTTP API of a server, and learn from it where it speaks AMQP. The server is, in this order: \`--url\`, \`ANGARIUM_URL\`, the
context that \`--context\` or \`ANGARIUM_CONTEXT\` names, the context in use, \`http://127.0.0.1:8080\`. Contexts are kept in
\`$XDG_CONFIG_HOME/angarium/contexts.json\` (by default below \`~/.config\`), readable to their owner alone.

## Exit codes

${markdownTable(['code', 'meaning'], exitCodes)}

## Commands

${shownCommands(program)
  .flatMap(command => sections(command, 'angarium'))
  .join('\n\n')}
`;
}

/** Without what only scripts call. */
function shownCommands(command: Command): readonly Command[] {
  const visible = command.createHelp().visibleCommands(command);
  return command.commands.filter(each => visible.includes(each));
}

function sections(command: Command, parent: string): string[] {
  const name = `${parent} ${command.name()}`;
  if (command.commands.length > 0) return shownCommands(command).flatMap(inner => sections(inner, name));
  const usage = `${name} ${command.usage().replace(/^\[options\] ?/, '')} [options]`.replaceAll(/ +/g, ' ');
  const parts = [`### ${name}`, command.description(), `\`\`\`console\n${usage}\n\`\`\``];
  const args = command.registeredArguments.map(argument => [`\`${argument.name()}\``, argument.description]);
  if (args.length > 0) parts.push(markdownTable(['argument', 'meaning'], args));
  const options = command.options.map(option => [
    `\`${option.flags}\``,
    option.description,
    option.argChoices?.map(choice => `\`${choice}\``).join(', ') ?? '',
    option.defaultValue === undefined || isEmpty(option.defaultValue) ? '' : `\`${JSON.stringify(option.defaultValue)}\``,
  ]);
  if (options.length > 0) parts.push(markdownTable(['option', 'meaning', 'one of', 'default'], options));
  return [parts.join('\n\n')];
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
