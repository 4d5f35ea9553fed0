/** Why a server does not start, in words for the one who starts it: what is wrong, and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** `configuration`: what was asked for cannot be meant; `environment`: it may work later or elsewhere (a taken port, a folder in use). */
  readonly reason: 'configuration' | 'environment';

  constructor(reason: 'configuration' | 'environment', message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
