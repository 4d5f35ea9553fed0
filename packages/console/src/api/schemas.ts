import { queryOptions } from '@tanstack/react-query';
import type { JsonSchema } from '../logic/json-schema.ts';
import type { Kind } from './documents.ts';
import { API, call } from './request.ts';

/** What the server says of a kind of documents. */
export interface KindSchema {
  readonly kind: Kind;
  readonly description: string;
  /** Absent: nobody writes documents of this kind. */
  readonly spec?: JsonSchema;
  /** Fields of the specification that are never shown, as in `credentials.password`. */
  readonly secrets: readonly string[];
}

/** For `useQuery`: all kinds. They are those of the server's version. */
export const schemasQuery = queryOptions({
  queryKey: ['schemas'],
  queryFn: async ({ signal }) => (await call<{ readonly items: readonly KindSchema[] }>(`${API}/schemas`, { signal })).items,
  staleTime: Number.POSITIVE_INFINITY,
});
