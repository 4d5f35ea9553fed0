import { machineUsage, processUsage } from './process-usage.ts';

/** What this process, a server's, and all others used while something was measured; percent of one core, and bytes. */
export interface Usage {
  readonly generatorCpuPercent?: number;
  readonly serverCpuPercent?: number;
  /** All other processes, and what the host took. */
  readonly otherCpuPercent?: number;
  /** When the meter was made. */
  readonly serverResidentBytesBefore?: number;
  readonly serverResidentBytes?: number;
  readonly serverResidentBytesMax?: number;
}

interface Mark {
  readonly atMs: number;
  readonly ownSeconds: number;
  readonly serverSeconds: number;
  readonly machineSeconds: number;
}

/** Measures what a generator and the server beside it use between two marks. */
export class UsageMeter {
  readonly #pid: number | undefined;
  readonly #marks: Mark[] = [];
  readonly #bytesBefore: number | undefined;
  #bytesAfter: number | undefined;
  #bytesMax = 0;

  /** `pid` is the server's process on this machine; undefined: it is not known. */
  constructor(pid: number | undefined) {
    this.#pid = pid;
    this.#bytesBefore = this.#server()?.residentBytes;
  }

  #server() {
    return this.#pid === undefined ? undefined : processUsage(this.#pid);
  }

  /** The measure begins, or ends. */
  mark(): void {
    const usage = this.#server();
    this.#bytesAfter = usage?.residentBytes;
    const { user, system } = process.cpuUsage();
    this.#marks.push({
      atMs: performance.now(),
      ownSeconds: (user + system) / 1e6,
      serverSeconds: usage?.cpuSeconds ?? 0,
      machineSeconds: machineUsage()?.busySeconds ?? 0,
    });
  }

  /** Looks at the server's memory, for the most that it has. */
  look(): void {
    this.#bytesMax = Math.max(this.#bytesMax, this.#server()?.residentBytes ?? 0);
  }

  /** Nothing where there were no two marks; nothing of the server where it is not known. */
  report(): Usage {
    const [begin, end] = this.#marks;
    if (begin === undefined || end === undefined) return {};
    const percent = (usedSeconds: number): number => (100_000 * usedSeconds) / (end.atMs - begin.atMs);
    const own = end.ownSeconds - begin.ownSeconds;
    if (this.#pid === undefined) return { generatorCpuPercent: percent(own) };
    const server = end.serverSeconds - begin.serverSeconds;
    return {
      generatorCpuPercent: percent(own),
      serverCpuPercent: percent(server),
      otherCpuPercent: percent(Math.max(0, end.machineSeconds - begin.machineSeconds - own - server)),
      ...(this.#bytesBefore !== undefined && { serverResidentBytesBefore: this.#bytesBefore }),
      ...(this.#bytesAfter !== undefined && { serverResidentBytes: this.#bytesAfter }),
      serverResidentBytesMax: Math.max(this.#bytesMax, this.#bytesAfter ?? 0),
    };
  }
}
