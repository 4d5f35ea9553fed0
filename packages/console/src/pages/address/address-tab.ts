import type { AddressDocument } from '../../api/address-document.ts';

/** What the tabs of an address are given. */
export interface AddressTabProps {
  readonly space: string;
  readonly address: AddressDocument;
}
