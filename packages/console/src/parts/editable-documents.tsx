import { Button } from '@patternfly/react-core';
import { type ReactNode, useState } from 'react';
import type { ResourceDocument } from '../api/documents.ts';
import { useMayKind } from '../app/may-kind.ts';
import { DeleteDocumentDialog } from './delete-document-dialog.tsx';
import { DocumentDialog } from './document-dialog.tsx';
import { DocumentList, type DocumentListProps } from './document-list.tsx';
import type { RowAction } from './row-menu.tsx';

/** Makes one, or changes the one that is there before. */
export interface WriteDialogProps<Document> {
  readonly before?: Document;
  readonly onClose: () => void;
}

interface EditableDocumentsProps<Document> extends Omit<DocumentListProps<Document>, 'create' | 'createAbove' | 'actions'> {
  /** Words of the button that makes another one. */
  readonly createWords: string;
  /** What the form of a new one begins with. */
  readonly begin?: Readonly<Record<string, unknown>>;
  /** In the place of the form that the server's schema gives. */
  readonly writeDialog?: (props: WriteDialogProps<Document>) => ReactNode;
  /** What else can be done with one, between changing and deleting it. */
  readonly more?: (document: Document) => readonly RowAction[];
  /** What is lost with one that is deleted. */
  readonly lost: (document: Document) => ReactNode;
  /** What becomes of those that use it, when it is deleted for all that; absent: nothing keeps it. */
  readonly force?: string;
}

type Doing<Document> = { readonly what: 'create' } | { readonly what: 'edit' | 'delete'; readonly document: Document };

/** The documents of a kind, which whoever may makes, changes and deletes. */
export function EditableDocuments<Document extends ResourceDocument<object, object>>(props: EditableDocumentsProps<Document>) {
  const { createWords, begin, writeDialog, more, lost, force, ...list } = props;
  const { kind, one, space } = list;
  const mayManage = useMayKind()('manage', kind);
  const [doing, setDoing] = useState<Doing<Document>>();
  const common = { kind, one, space, onClose: () => setDoing(undefined) };
  const write = writeDialog ?? (own => <DocumentDialog {...common} {...(begin && { begin })} {...own} />);
  return (
    <>
      <DocumentList<Document>
        {...list}
        create={mayManage && <Button onClick={() => setDoing({ what: 'create' })}>{createWords}</Button>}
        createAbove
        {...(mayManage && {
          actions: (document: Document) => [
            { title: 'Change', onChoose: () => setDoing({ what: 'edit', document }) },
            ...(more?.(document) ?? []),
            { title: 'Delete', danger: true, onChoose: () => setDoing({ what: 'delete', document }) },
          ],
        })}
      />
      {doing?.what === 'create' && write({ onClose: common.onClose })}
      {doing?.what === 'edit' && write({ before: doing.document, onClose: common.onClose })}
      {doing?.what === 'delete' && (
        <DeleteDocumentDialog {...common} name={doing.document.metadata.name} {...(force !== undefined && { force })}>
          {lost(doing.document)}
        </DeleteDocumentDialog>
      )}
    </>
  );
}
