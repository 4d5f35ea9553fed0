import { useParameter } from '../../app/parameters.ts';
import { PageHeader } from '../../parts/page-header.tsx';

/** One address. */
export default function AddressPage() {
  return <PageHeader title={useParameter('name')} />;
}
