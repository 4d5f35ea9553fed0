const IN_DOUBT = -1;

/** What one discharge is about, and where each token was known to be before it. */
export interface Discharge {
  readonly tokens: readonly { readonly token: number; readonly before: number; readonly move: number }[];
}

/** Tokens that are moved between queues in transactions: where each was last known to be. */
export class TokenPlaces {
  readonly violations: string[] = [];
  /** Transactions whose discharge was accepted. */
  committed = 0;
  rolledBack = 0;
  /** By token: the queue that has it, or that its last transaction was not answered. */
  readonly #places: number[];
  readonly #moves: number[];
  /** The queue in which each token was found in the end. */
  readonly #found = new Map<number, number>();

  constructor(tokens: number) {
    this.#places = new Array<number>(tokens).fill(0);
    this.#moves = new Array<number>(tokens).fill(0);
  }

  get size(): number {
    return this.#places.length;
  }

  /** What is delivered may be so before it is on disk: that tells where a token is not, and not where it will be after a crash. */
  delivered(token: number, queue: number): void {
    const place = this.#places[token];
    if (place === undefined) this.violations.push(`token ${token} was never made`);
    else if (place !== IN_DOUBT && place !== queue) this.violations.push(`token ${token} came from queue ${queue}, and is in ${place}`);
  }

  /** A discharge is sent: until it is answered, the tokens may be anywhere. */
  discharging(tokens: readonly number[]): Discharge {
    return {
      tokens: tokens.map(token => {
        const before = this.#places[token]!;
        this.#places[token] = IN_DOUBT;
        return { token, before, move: ++this.#moves[token]! };
      }),
    };
  }

  /** It was accepted; `queue` has the tokens, but for those that have been taken on meanwhile. Undefined: the transaction was to roll back. */
  discharged({ tokens }: Discharge, queue: number | undefined): void {
    for (const { token, before, move } of tokens) if (this.#moves[token] === move) this.#places[token] = queue ?? before;
    if (queue === undefined) this.rolledBack++;
    else this.committed++;
  }

  /** All queues are emptied: each token has to be found once. */
  found(token: number, queue: number): void {
    this.delivered(token, queue);
    const before = this.#found.get(token);
    if (before !== undefined) this.violations.push(`token ${token} is in queue ${before} and in queue ${queue}`);
    this.#found.set(token, queue);
  }

  allFound(): void {
    for (let token = 0; token < this.size; token++) if (!this.#found.has(token)) this.violations.push(`token ${token} is in no queue`);
  }
}
