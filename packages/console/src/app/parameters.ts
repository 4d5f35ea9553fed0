import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useSession } from './session-context.ts';

/** A parameter of the page's path, decoded. */
export function useParameter(name: string): string {
  const parameters = useParams({ strict: false }) as Readonly<Record<string, string | undefined>>;
  const value = parameters[name];
  if (value === undefined) throw new Error(`The path of this page has no ${name}.`);
  return value;
}

/** The address space that is looked at: that of the path, and on pages of the server the user's own. */
export function useSpace(): string {
  const parameters = useParams({ strict: false }) as Readonly<Record<string, string | undefined>>;
  const { addressSpace } = useSession();
  return parameters.space ?? addressSpace;
}

type SearchState<Name extends string> = Readonly<Record<Name, string>>;

/**
 * What somebody has chosen on a page (a filter, an order, a tab), kept in the address bar: reloading and sharing keep it, and going back undoes nothing
 * of it. What is as in `otherwise` is not written there.
 */
export function useSearchState<Name extends string>(
  otherwise: SearchState<Name>,
): readonly [SearchState<Name>, (change: Partial<SearchState<Name>>) => void] {
  const search = useSearch({ strict: false }) as Readonly<Record<string, string | undefined>>;
  const navigate = useNavigate();
  const names = Object.keys(otherwise) as Name[];
  const state = Object.fromEntries(names.map(name => [name, search[name] ?? otherwise[name]])) as SearchState<Name>;
  const change = useCallback(
    (next: Partial<SearchState<Name>>) => {
      void navigate({
        to: '.',
        replace: true,
        resetScroll: false,
        search: ((before: Record<string, unknown>) => ({ ...before, ...next })) as never,
      });
    },
    [navigate],
  );
  return [state, change];
}
