import { print, printJson } from './output.ts';

/** What the server answers to DELETE about a document that is still there. */
export interface Remaining {
  readonly metadata: { readonly finalizers?: readonly string[] };
}

/** Says that a document is deleted, or what its end waits for. `remaining`: it is still there. */
export function printDeleted(what: string, name: string, remaining: Remaining | undefined, json = false): void {
  const finalizers = remaining?.metadata.finalizers ?? [];
  if (json) printJson(finalizers.length === 0 ? { deleted: name } : { deleting: name, finalizers });
  else
    print(
      finalizers.length === 0
        ? `${what} ${name} deleted`
        : `${what} ${name}: deletion begun, waits for finalizers ${finalizers.join(', ')}`,
    );
}
