import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type CommandResult, type RunOptions, runProgram } from './run-command.ts';

/** Debian's Python, which Debian's packages of foreign clients are for, whatever other Python the path has first. */
const PYTHON = '/usr/bin/python3';
/** Folders of servers that are not on everybody's path. */
const MORE_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** Where a program is, or `undefined`. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS];
  return folders.map(folder => join(folder, program)).find(path => existsSync(path));
}

/** Modules of Debian's Python that tests are written for, and the packages they come in. */
const PYTHON_PACKAGES: Readonly<Record<string, { readonly module: string; readonly debian: string }>> = {
  proton: { module: 'proton', debian: 'python3-qpid-proton' },
  paho: { module: 'paho.mqtt.client', debian: 'python3-paho-mqtt' },
};

function hasModule(module: string): boolean {
  return existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
}

/** Whether Debian's Python has Qpid Proton. */
export function hasProton(): boolean {
  return hasModule('proton');
}

/** Skips the test, with the reason, when a foreign program is not installed: `if (skipWithout(test, 'nats-server')) return;`. */
export function skipWithout(test: TestContext, program: string): boolean {
  const python = PYTHON_PACKAGES[program];
  if (python ? hasModule(python.module) : findProgram(program) !== undefined) return false;
  test.skip(python ? `Debian package ${python.debian} is not installed` : `${program} is not installed`);
  return true;
}

/** Runs a script with Debian's Python. */
export function runPython(script: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  return runProgram(PYTHON, [script, ...args], options);
}

/** Runs a Python script with Qpid Proton. */
export function runProton(script: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  return runPython(script, args, options);
}
