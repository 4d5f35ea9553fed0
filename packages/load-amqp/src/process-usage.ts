import { readFileSync } from 'node:fs';

/** The kernel counts CPU time in hundredths of a second for user space, whatever its own clock is. */
const TICKS_PER_SECOND = 100;

/** What a process has used so far. From /proc: undefined where there is none, or the process is gone. */
export interface ProcessUsage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export function processUsage(pid: number): ProcessUsage | undefined {
  let stat: string;
  let status: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
  // The command's name, in brackets, may have spaces; what follows it counts from the third field on (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  const residentBytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  return { cpuSeconds, residentBytes };
}
