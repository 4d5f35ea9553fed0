/** What the exit code of `angarium` means: scripts may rely on it. docs/reference/command-line.md is made from this table. */
export const EXIT_CODES = {
  done: { code: 0, meaning: 'Done.' },
  failed: { code: 1, meaning: 'It was tried and failed, or was refused; standard error says why.' },
  usage: { code: 2, meaning: 'The command line or the configuration is wrong.' },
  nothing: { code: 3, meaning: 'The time was over: nothing, or less than asked for, was received or accepted.' },
  unreachable: { code: 4, meaning: 'No server answers at this address.' },
  denied: { code: 5, meaning: 'The server wants another user or password, or does not allow this.' },
  crashed: { code: 70, meaning: 'The server made a mistake and ended; its log says more.' },
} as const;

export type ExitReason = keyof typeof EXIT_CODES;

/** Ends a command with words for the user and an exit code for scripts. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly reason: ExitReason;

  constructor(reason: ExitReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
