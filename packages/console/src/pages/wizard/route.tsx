import { PageHeader } from '../../parts/page-header.tsx';

/** Creates an address. */
export default function WizardPage() {
  return <PageHeader title="Create an address" />;
}
