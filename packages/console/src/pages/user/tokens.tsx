import { Button, Card, CardBody, CardHeader, CardTitle } from '@patternfly/react-core';
import type { UserToken } from '../../api/user-document.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Age } from '../../parts/figures.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';

const COLUMNS: readonly Column<UserToken>[] = [
  { key: 'id', title: 'Token', cell: ({ id }) => id, narrow: true },
  { key: 'made', title: 'Made', cell: ({ created }) => <Age since={created} />, width: '6rem' },
  {
    key: 'used',
    title: 'Last used',
    cell: ({ lastUsed }) => (lastUsed === undefined ? 'not since the server was started' : <Age since={lastUsed} />),
  },
  {
    key: 'expires',
    title: 'Good until',
    cell: ({ expires }) => (expires === undefined ? 'there are two newer ones' : new Date(expires).toLocaleString()),
    narrow: true,
  },
];

interface TokensProps {
  readonly tokens: readonly UserToken[];
  /** Absent: it is not for whoever looks to make one. */
  readonly onMake: (() => void) | undefined;
}

/** The tokens of a service account, without what is secret in them. */
export function Tokens({ tokens, onMake }: TokensProps) {
  const make = onMake && (
    <Button variant="secondary" onClick={onMake}>
      Make a token
    </Button>
  );
  return (
    <Card>
      <CardHeader {...(make && { actions: { actions: make } })}>
        <CardTitle component="h2">Tokens</CardTitle>
      </CardHeader>
      <CardBody>
        <DataTable
          label="Tokens"
          columns={COLUMNS}
          rows={tokens}
          rowKey={({ id }) => id}
          empty={
            <NothingHere title="It has no token">
              Until one is made, nobody can connect as it. A token stands in the place of a password, and is shown once.
            </NothingHere>
          }
        />
      </CardBody>
    </Card>
  );
}
