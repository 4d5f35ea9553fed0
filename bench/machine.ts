import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { machineUsage, processUsage } from '@angarium/load';

export const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/** Where a program lies; undefined when it is not installed. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/lib/rabbitmq/bin'];
  return folders.map(folder => join(folder, name)).find(path => spawnSync('test', ['-x', path]).status === 0);
}

const taskset = availableParallelism() >= 2 ? programPath('taskset') : undefined;

/** Whether server and generator can have a core each. */
export const pinned = taskset !== undefined;

/** The command that runs `command` on one core, or as it is where that cannot be said. */
export function onCore(core: number, command: readonly string[]): string[] {
  return taskset === undefined ? [...command] : [taskset, '-c', String(core), ...command];
}

/** Real-time, the lowest priority of those: before everybody who shares the machine in the usual way. */
const AT_ONCE = ['-f', '1'];
const chrt = programPath('chrt');
/** Whether a process can be given its core as soon as it wants it: that needs privileges. */
export const prompt = chrt !== undefined && spawnSync(chrt, [...AT_ONCE, 'true']).status === 0;

/**
 * The command that has `command` wait for nobody's core: a client that measures stands for one on another machine, and what it waits for here
 * would be taken for the server's time.
 */
export function atOnce(command: readonly string[]): string[] {
  return prompt ? [chrt!, ...AT_ONCE, ...command] : [...command];
}

/** The process and all its descendants. */
export function processTree(pid: number): number[] {
  let children: string[];
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    children = tasks.flatMap(task => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean));
  } catch {
    return [pid];
  }
  return [pid, ...children.flatMap(child => processTree(Number(child)))];
}

/** The process of the tree that has the most memory: behind a script's shells, the one that does the work. */
export function largestProcess(pid: number): number {
  const resident = (one: number): number => processUsage(one)?.residentBytes ?? 0;
  return processTree(pid).reduce((a, b) => (resident(b) > resident(a) ? b : a));
}

/** A second in which less than this part of one core was busy is quiet. */
const QUIET_SHARE = 0.12;
const QUIET_SECONDS_MAX = 20;

/** Waits until the machine has nothing else to do, within a bound; answers what share of a core was busy in the last second. */
export async function quietMachine(): Promise<number> {
  let share = 0;
  for (let i = 0; i < QUIET_SECONDS_MAX; i++) {
    const before = machineUsage();
    if (before === undefined) return 0;
    await wait(1000);
    share = (machineUsage()?.busySeconds ?? 0) - before.busySeconds;
    if (share < QUIET_SHARE) break;
  }
  return share;
}
