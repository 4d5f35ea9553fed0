/** Requests of one wish at a time: the server has others to serve. */
const AT_A_TIME = 4;

export interface InTurnResult {
  readonly done: number;
  /** The first refusals, with the names of what was refused. */
  readonly refused: readonly { readonly name: string; readonly error: unknown }[];
}

/** Does the same for each name, a few at a time, and goes on when one is refused. */
export async function inTurn(names: readonly string[], act: (name: string) => Promise<unknown>): Promise<InTurnResult> {
  const refused: { name: string; error: unknown }[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < names.length) {
      const name = names[next++]!;
      try {
        await act(name);
        done++;
      } catch (error) {
        refused.push({ name, error });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { done, refused };
}
