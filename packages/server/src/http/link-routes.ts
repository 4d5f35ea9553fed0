import { setTimeout as delay } from 'node:timers/promises';
import { type AddressSpace, type Broker, type Principal, Visit } from '@angarium/core';
import Type, { type Static } from 'typebox';
import { DELAYED_MS, LINK_STATES, type LinkState } from '../activity/link-state.ts';
import type { Concerns, LinkStatus, LinkWatch } from '../activity/link-watch.ts';
import { isLinkOf, mayViewLink } from '../activity/links-of-address.ts';
import { SPACE_PARAMETERS, spaceOf } from './address-path.ts';
import { API_PREFIX, NAME_LENGTH_MAX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER } from './problem.ts';

/** Most links of one answer. */
const LIST_MAX = 10_000;
/** Between the two looks that it takes to see whether messages flow, where nobody has looked before, in milliseconds. */
const SECOND_LOOK_MS = 250;
/** Until the look that shows what is delayed, where messages wait for a consumer that has credit. */
const LATE_LOOK_MS = DELAYED_MS + SECOND_LOOK_MS;

const count = (description: string) => Type.Integer({ minimum: 0, description });

const LINK = Type.Object(
  {
    name: Type.String({ description: 'As the client calls it: the name of a link, the filter of a subscription.' }),
    role: Type.Enum(['producer', 'consumer']),
    address: Type.String({ description: 'As the client has said it: a name, an alias, a pattern of topics.' }),
    connection: Type.Optional(
      Type.String({ description: 'The id of its connection. Absent: it has none of its own, or it is not for you to know.' }),
    ),
    protocol: Type.String({ description: 'With its version, as in MQTT 5.0.' }),
    client: Type.Optional(Type.String({ description: 'What the client calls itself.' })),
    user: Type.Optional(Type.String()),
    peer: Type.Optional(Type.String({ description: 'Host and port; of a webhook its URL.' })),
    remote: Type.Optional(Type.Literal(true, { description: 'It carries messages to or from somewhere else: a forwarder, a webhook.' })),
    sinceMs: Type.Integer({ description: 'Since when it is there. Milliseconds since the epoch.' }),
    selector: Type.Optional(Type.String({ description: 'Which messages it takes.' })),
    credit: Type.Optional(
      count(
        'Messages that it may send, or takes, from now on. Absent: its protocol has no credit. Of an MQTT client: what all of its subscriptions take together.',
      ),
    ),
    secondsWithoutCredit: count('For how long it has had none; 0: it has some. Known exactly.'),
    unsettled: Type.Optional(count('Deliveries to it that it has not settled; of an MQTT client: all that are under way to it.')),
    oldestUnsettledSeconds: count(
      'For how long the oldest of them has not been settled, at the least: since the last time that credit ran out, or since it was first seen by somebody who looked.',
    ),
    delivered: Type.Optional(count('Messages that have gone over it. Absent: they are not counted for it alone.')),
    rate: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'Messages a second between two looks. Absent: they are not counted for it alone, or nobody has looked lately.',
      }),
    ),
    state: Type.Unsafe<LinkState>(
      Type.Enum(Object.keys(LINK_STATES), {
        description: `${Object.entries(LINK_STATES)
          .map(([state, meaning]) => `${state}: ${meaning}`)
          .join('; ')}.`,
      }),
    ),
    why: Type.String({ description: 'The state in words, with its reason.' }),
  },
  { $id: 'Link', description: 'Something that sends to an address or receives from it: a link of AMQP, a subscription, a webhook.' },
);

const LINKS = Type.Object(
  {
    items: Type.Array(Type.Unsafe<Static<typeof LINK>>({ $ref: 'Link#' })),
    leftOut: count('Links that are not shown, since there are too many: ask for those of one address or connection.'),
  },
  { $id: 'LinkList' },
);

const QUERY = Type.Object(
  {
    address: Type.Optional(
      Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description: 'Only those of this address, and of topics below it.' }),
    ),
    connection: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Only those of the connection with this id.' })),
  },
  { additionalProperties: false },
);

/** Who sends and receives, and how that goes. */
export function linkRoutes(app: HttpApp, broker: Broker, watch: LinkWatch): void {
  app.addSchema(LINK);
  app.addSchema(LINKS);
  app.get(
    `${API_PREFIX}/addressspaces/:space/links`,
    {
      schema: {
        operationId: 'listLinks',
        summary: `List who sends and receives, up to ${LIST_MAX}: with how much credit, since when without, and what is stuck, delayed or blocked, and why`,
        tags: ['activity'],
        params: SPACE_PARAMETERS,
        querystring: QUERY,
        response: {
          200: { description: 'The links.', ...Type.Unsafe<Static<typeof LINKS>>({ $ref: 'LinkList#' }) },
          default: PROBLEM_ANSWER,
        },
      },
    },
    async (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const { principal, query } = request;
      const concerns = concernsOf(space, principal, query);
      if (watch.isNew(space)) {
        for (const _ of watch.look(space, concerns));
        await delay(SECOND_LOOK_MS);
        if (watch.mayBeDelayed(space, concerns)) await delay(LATE_LOOK_MS);
      }
      return reply.send(linksFor(principal, watch.look(space, concerns)));
    },
  );
}

interface Wish {
  readonly address?: string;
  readonly connection?: string;
}

/** Links that somebody asks for, and may see. */
function concernsOf(space: AddressSpace, principal: Principal, { address, connection }: Wish): Concerns {
  const visit = new Visit(space, principal);
  const named = address === undefined ? undefined : space.names.ownName(address);
  const knows = showsPeers(principal);
  return (link, owner) =>
    (named === undefined || isLinkOf(space, link, named)) &&
    (connection === undefined || (knows && owner.connection === connection)) &&
    mayViewLink(visit, link.address);
}

function linksFor(principal: Principal, links: Iterable<LinkStatus>): Static<typeof LINKS> {
  const knows = showsPeers(principal);
  const items: Static<typeof LINK>[] = [];
  let leftOut = 0;
  for (const status of links) {
    if (items.length === LIST_MAX) leftOut++;
    else items.push(knows ? status : withoutPeer(status));
  }
  return { items, leftOut };
}

function showsPeers({ administersServer, rights }: Principal): boolean {
  return administersServer || rights.refuseKind('view', 'Connection') === undefined;
}

/** An address may be seen by whoever may not know who is connected. */
function withoutPeer({
  connection: _connection,
  client: _client,
  user: _user,
  peer: _peer,
  remote: _remote,
  ...rest
}: LinkStatus): Static<typeof LINK> {
  return rest;
}
