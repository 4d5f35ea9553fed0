#!/usr/bin/env node
import { join } from 'node:path';
// The command of a checkout: runs the sources. On a Node that is too old for them, the one among the packages takes over.
import { become, nodeProgram, root } from '../../../scripts/node-program.mjs';

const main = join(root, 'packages', 'cli', 'src', 'main.ts');
const node = nodeProgram();
if (node === process.execPath) await import(main);
else become(node, [main, ...process.argv.slice(2)]);
