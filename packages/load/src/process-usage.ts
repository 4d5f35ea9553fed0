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

/** What all cores together have been busy with so far, time that the host took from them included. Undefined where there is no /proc. */
export function machineUsage(): { readonly busySeconds: number } | undefined {
  let line: string;
  try {
    line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  } catch {
    return undefined;
  }
  // user nice system idle iowait irq softirq steal (proc_stat(5)).
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.trim().split(/\s+/).slice(1).map(Number);
  return { busySeconds: (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND };
}
