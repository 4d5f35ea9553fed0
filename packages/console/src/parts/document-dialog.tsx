import { lazy, Suspense } from 'react';
import type { DocumentFormProps } from './document-form.tsx';

// The reader of YAML is fetched when somebody wants to write something.
const DocumentForm = lazy(() => import('./document-form.tsx'));

/** Makes or changes a declared document of any kind: by a form that the server's schema gives, or as YAML. */
export function DocumentDialog(props: DocumentFormProps) {
  return (
    <Suspense fallback={null}>
      <DocumentForm {...props} />
    </Suspense>
  );
}
