// `npm start -- [options]`: starts the server from the sources, on any Node from 20 on. What is missing is installed and built first.
import { join } from 'node:path';
import { buildConsole } from './console-build.mjs';
import { become, installWhatIsMissing, nodeProgram, root } from './node-program.mjs';

installWhatIsMissing();
const given = process.argv.slice(2);
// `npm start -- address list` is meant as a command, `npm start -- --http 9090` and `npm start` as the server.
const args = given.length === 0 || given[0].startsWith('-') ? ['up', ...given] : given;
if (args[0] === 'up') buildConsole();
become(nodeProgram(), [join(root, 'packages', 'cli', 'src', 'main.ts'), ...args]);
