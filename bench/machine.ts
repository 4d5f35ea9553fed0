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
