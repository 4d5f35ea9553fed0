import { Label, Popover } from '@patternfly/react-core';
import type { Link, LinkState } from '../api/links.ts';
import { shortAge } from '../logic/units.ts';
import type { Column } from './data-table.tsx';
import { Age, Count } from './figures.tsx';

const STATUS = {
  flowing: 'success',
  idle: undefined,
  delayed: 'warning',
  stuck: 'danger',
  blocked: 'danger',
} as const satisfies Record<LinkState, 'success' | 'warning' | 'danger' | undefined>;

/** How a link is, in one word; the server's words for why stand beside it. */
export function LinkStateLabel({ state }: { readonly state: LinkState }) {
  const status = STATUS[state];
  return (
    <Label isCompact {...(status && { status })}>
      {state}
    </Label>
  );
}

/** What a link is like, in words; on a phone with what tells it from others in the list. */
export function whyColumn(phoneLine: (link: Link) => string): Column<Link> {
  return {
    key: 'why',
    title: 'Why',
    cell: link => (
      <>
        <span className="angarium-phone-line angarium-subtle">{phoneLine(link)}</span>
        <Words text={link.why} />
      </>
    ),
    width: '18rem',
    narrow: true,
  };
}

/** Who is at the other end of a link. */
export function clientOf({ client, user }: Link): string {
  return [client, user].filter(Boolean).join(' · ') || '–';
}

/** What lists of links say of each. `address` is for lists of links of several addresses. */
export const LINK_COLUMNS: readonly Column<Link>[] = [
  {
    key: 'state',
    title: 'State',
    cell: ({ state }) => <LinkStateLabel state={state} />,
    order: ({ state }) => Object.keys(STATUS).indexOf(state),
    width: '6.5rem',
    narrow: true,
  },
  whyColumn(({ role, address }) => `${role} · ${address}`),
  { key: 'role', title: 'Role', cell: ({ role }) => role, order: ({ role }) => role, width: '6.5rem' },
  { key: 'address', title: 'Address', cell: ({ address }) => address, order: ({ address }) => address },
  {
    key: 'client',
    title: 'Client',
    cell: link => <span title={[link.client, link.user, link.peer].filter(Boolean).join(' · ')}>{clientOf(link)}</span>,
    order: ({ client = '', user = '' }) => `${client} ${user}`,
  },
  { key: 'protocol', title: 'Protocol', cell: ({ protocol }) => protocol, order: ({ protocol }) => protocol, width: '7rem' },
  {
    key: 'credit',
    title: 'Credit',
    cell: ({ credit, secondsWithoutCredit }) =>
      credit === undefined ? '–' : credit === 0 ? `0 for ${shortAge(secondsWithoutCredit)}` : <Count value={credit} />,
    order: ({ credit = -1 }) => credit,
    figures: true,
    width: '6.5rem',
  },
  {
    key: 'unsettled',
    title: 'Unsettled',
    cell: ({ unsettled, oldestUnsettledSeconds }) => (
      <span {...(unsettled && { title: `The oldest for ${shortAge(oldestUnsettledSeconds)} at the least` })}>
        {unsettled === undefined ? '–' : <Count value={unsettled} />}
      </span>
    ),
    order: ({ unsettled = -1 }) => unsettled,
    figures: true,
    width: '6rem',
  },
  {
    key: 'delivered',
    title: 'Messages',
    cell: ({ delivered }) => (delivered === undefined ? '–' : <Count value={delivered} />),
    order: ({ delivered = -1 }) => delivered,
    figures: true,
    width: '6rem',
  },
  { key: 'since', title: 'Since', cell: ({ sinceMs }) => <Age since={sinceMs} />, order: ({ sinceMs }) => sinceMs, width: '5rem' },
];

/** A sentence of which a row has room for the beginning: all of it is a click away. */
function Words({ text }: { readonly text: string }) {
  return (
    <Popover bodyContent={text} aria-label="Why" showClose={false}>
      <button type="button" className="angarium-order angarium-cut" title={text}>
        {text}
      </button>
    </Popover>
  );
}
