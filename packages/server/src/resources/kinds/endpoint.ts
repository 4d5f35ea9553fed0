import Type from 'typebox';
import type { Kind } from '../kind.ts';
import { EndpointStore } from '../stores/endpoint-store.ts';

/** Clients ask this first. */
export const ENDPOINT: Kind = {
  kind: 'Endpoint',
  plural: 'endpoints',
  scope: 'server',
  description: 'A protocol, and where it listens.',
  open: true,
  status: Type.Object({ url: Type.String({ description: 'Where clients connect.' }) }),
  show: ({ name }, { endpoints }) => ({ url: endpoints()[name] }),
  store: ({ endpoints }) => new EndpointStore(endpoints),
};
