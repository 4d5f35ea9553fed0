import { type ForwarderSpec, refuseForwarderSpec } from '@angarium/head-amqp';
import Type, { type Static } from 'typebox';
import { count } from '../condition.ts';
import type { Kind } from '../kind.ts';
import { Problem } from '../problem.ts';
import { linkPhase, linkSpec, linkStatus, shownStatus } from './link-status.ts';

const text = (description: string) => Type.String({ minLength: 1, maxLength: 1024, description });

const SPEC = Type.Object(
  {
    connector: text('The Connector of this address space that it uses.'),
    address: text('Our address; one that does not exist is made as where a client attaches.'),
    remoteAddress: text('The address of the remote server.'),
    direction: Type.Unsafe<'in' | 'out'>(
      Type.Union([Type.Literal('in'), Type.Literal('out')], {
        description: 'out: from our address to the remote one; in: from the remote one to ours.',
      }),
    ),
    subscription: Type.Optional(
      text(
        'The durable subscription that it forwards from: out, of our topic or stream, one of its own where nothing is said; in, of the remote topic.',
      ),
    ),
    selector: Type.Optional(text('Which messages; all, where nothing is said. In: the remote has to support selectors.')),
    creditWindow: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'In: messages that the remote may send ahead, at the most; as many as our address takes, where nothing is said.',
      }),
    ),
    capabilities: Type.Optional(
      Type.Array(text('A capability.'), {
        maxItems: 16,
        description: 'Told with the remote address: some servers ask for queue or topic.',
      }),
    ),
    ...linkSpec,
  },
  { additionalProperties: false },
);

/** The schema and what forwarders take say the same. */
const asForwarderSpec = (spec: Static<typeof SPEC>): ForwarderSpec => spec;

/** Messages on their way between an address of ours and a remote one. */
export const FORWARDER: Kind = {
  kind: 'Forwarder',
  plural: 'forwarders',
  scope: 'space',
  description: 'Moves messages between an address and one of a remote server, over a connector.',
  spec: SPEC,
  status: Type.Object({
    ...linkStatus,
    phase: linkPhase,
    messages: count('Messages handed over, each time that they were.'),
    outcomes: Type.Object(
      {
        accepted: count('Taken by the other end.'),
        rejected: count('Refused by it for good.'),
        released: count('Given back.'),
        modified: count('Failed there.'),
      },
      { description: 'What came of messages whose outcome is awaited.' },
    ),
    lastRejection: Type.Optional(Type.String({ description: 'Why the last message was refused that was.' })),
  }),
  refuse: ({ spec }) => {
    const why = refuseForwarderSpec(asForwarderSpec(spec as Static<typeof SPEC>));
    return why === undefined ? undefined : new Problem('resource-invalid', `The forwarder cannot be like this: ${why}.`);
  },
  show: ({ space, name }, { connectors }) => shownStatus(connectors?.forwarders.status({ name: space }, name)),
};
