import { Button, Stack, StackItem } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { documentsQuery, type Kind, type ResourceDocument } from '../api/documents.ts';
import { useSearchState } from '../app/parameters.ts';
import { inOrder } from '../logic/ordered-rows.ts';
import { counted } from '../logic/units.ts';
import { Asking } from './asking.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { FilterBar } from './filter-bar.tsx';
import { NothingHere } from './nothing-here.tsx';
import { ProblemAlert } from './problem-alert.tsx';
import { type RowAction, RowMenu } from './row-menu.tsx';

export interface DocumentListProps<Document> {
  readonly kind: Kind;
  readonly space: string;
  /** What people call one, and several. */
  readonly one: string;
  readonly many?: string;
  readonly columns: readonly Column<Document>[];
  /** What the filter looks in, besides the name. */
  readonly textOf?: (document: Document) => string;
  /** Those that further filters leave. */
  readonly chosen?: (document: Document) => boolean;
  /** Those further filters. */
  readonly filters?: ReactNode;
  /** What can be done with one; none: no menu. */
  readonly actions?: (document: Document) => readonly RowAction[];
  /** What they are for, where there are none. */
  readonly nothing: ReactNode;
  /** How the first one is made. */
  readonly create?: ReactNode;
  /** Where that stands when there are some: at the head of the page, which is its own to do, or above the list. */
  readonly createAbove?: boolean;
  /** What is said of all above the list. */
  readonly above?: (documents: readonly Document[]) => ReactNode;
}

/** All declared documents of a kind: asked for, filtered by name, in order. */
export function DocumentList<Document extends ResourceDocument<object, object>>(props: DocumentListProps<Document>) {
  const {
    kind,
    space,
    one,
    many = `${one}s`,
    columns,
    textOf,
    chosen,
    filters,
    actions,
    nothing,
    create,
    createAbove = false,
    above,
  } = props;
  const { data, error, refetch } = useQuery(documentsQuery<Document>(kind, space));
  const [{ name, order }, setSearch] = useSearchState({ name: '', order: 'name' });
  const rows = useMemo(() => {
    const part = name.toLowerCase();
    const found = (data ?? []).filter(
      document => `${document.metadata.name} ${textOf?.(document) ?? ''}`.toLowerCase().includes(part) && (chosen?.(document) ?? true),
    );
    return inOrder(found, columns, order);
  }, [data, name, order, columns, textOf, chosen]);
  if (error && !data) return <ProblemAlert error={error} again={() => void refetch()} />;
  if (!data) return <Asking />;
  if (data.length === 0)
    return (
      <NothingHere title={`There are no ${many} yet`} action={create}>
        {nothing}
      </NothingHere>
    );
  return (
    <Stack hasGutter>
      {above && <StackItem>{above(data)}</StackItem>}
      <StackItem>
        <FilterBar
          label={`Filter ${many}`}
          text={name}
          onText={text => setSearch({ name: text })}
          {...(createAbove && { actions: create })}
          shown={`${rows.length === data.length ? '' : `${rows.length.toLocaleString('en')} of `}${counted(data.length, one, many)}`}
        >
          {filters}
        </FilterBar>
        <DataTable
          label={many}
          columns={columns}
          rows={rows}
          rowKey={({ metadata }) => metadata.name}
          order={order}
          onOrder={next => setSearch({ order: next })}
          {...(actions && {
            actions: (document: Document) => <RowMenu label={`Actions for ${document.metadata.name}`} items={actions(document)} />,
          })}
          empty={
            <NothingHere
              title={`No ${one} is like this`}
              action={
                name !== '' && (
                  <Button variant="link" onClick={() => setSearch({ name: '' })}>
                    Show all
                  </Button>
                )
              }
            />
          }
        />
      </StackItem>
    </Stack>
  );
}
