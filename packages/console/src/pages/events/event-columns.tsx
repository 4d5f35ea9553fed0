import { Button, Label } from '@patternfly/react-core';
import type { EventSeverity, ServerEvent } from '../../logic/event-feed.ts';
import type { Column } from '../../parts/data-table.tsx';
import { PageLink } from '../../parts/page-link.tsx';

const STATUS = { info: undefined, warning: 'warning', error: 'danger' } as const satisfies Record<EventSeverity, string | undefined>;

export function SeverityLabel({ severity }: { readonly severity: EventSeverity }) {
  const status = STATUS[severity];
  return (
    <Label isCompact {...(status && { status })}>
      {severity}
    </Label>
  );
}

/** What the list says of each. `whole`: events of all address spaces are listed. */
export function eventColumns(space: string, whole: boolean, onLook: (event: ServerEvent) => void): readonly Column<ServerEvent>[] {
  return [
    {
      key: 'at',
      title: 'When',
      cell: ({ atMs }) => <When atMs={atMs} />,
      width: '7rem',
    },
    { key: 'severity', title: 'Severity', cell: ({ severity }) => <SeverityLabel severity={severity} />, width: '7rem', narrow: true },
    { key: 'reason', title: 'Reason', cell: ({ reason }) => <span title={reason}>{reason}</span>, width: '11rem' },
    {
      key: 'regarding',
      title: 'Regarding',
      cell: event => <Regarding space={space} event={event} />,
      width: '13rem',
    },
    ...(whole
      ? [{ key: 'space', title: 'Address space', cell: ({ addressSpace = '–' }: ServerEvent) => addressSpace, width: '9rem' }]
      : []),
    {
      key: 'note',
      title: 'What happened',
      cell: event => (
        <>
          <span className="angarium-phone-line angarium-subtle">
            <When atMs={event.atMs} /> {subjectOf(event)}
          </span>
          <Button variant="link" isInline className="angarium-cut" onClick={() => onLook(event)} title={event.note}>
            {event.note}
          </Button>
        </>
      ),
      narrow: true,
    },
  ];
}

function When({ atMs }: { readonly atMs: number }) {
  const at = new Date(atMs);
  return (
    <time dateTime={at.toISOString()} title={at.toLocaleString()}>
      {at.toLocaleTimeString()}
    </time>
  );
}

function subjectOf({ regarding: { kind, name } }: ServerEvent): string {
  return `${kind} ${name}`.trim();
}

function Regarding({ space, event }: { readonly space: string; readonly event: ServerEvent }) {
  const { regarding, addressSpace = space, reason } = event;
  const { kind, name } = regarding;
  const words = subjectOf(event);
  if (kind !== 'Address' || name === '' || reason === 'DocumentDeleted') return <span title={words}>{words}</span>;
  return (
    <span title={words}>
      {kind}{' '}
      <PageLink page="address" with={{ space: addressSpace, name }}>
        {name}
      </PageLink>
    </span>
  );
}
