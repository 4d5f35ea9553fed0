import { ADDRESS_SPEC } from '../../address-schema.ts';
import type { Kind } from '../kind.ts';

/** Where messages go to, and come from. */
export const ADDRESS: Kind = {
  kind: 'Address',
  plural: 'addresses',
  scope: 'space',
  description: 'A name that messages are sent to and received from.',
  spec: ADDRESS_SPEC,
};
