import type { Kind } from './kind.ts';
import { ADDRESS } from './kinds/address.ts';
import { ADDRESS_EXPORT } from './kinds/address-export.ts';
import { ADDRESS_IMPORT } from './kinds/address-import.ts';
import { ADDRESS_PLAN } from './kinds/address-plan.ts';
import { ADDRESS_SPACE } from './kinds/address-space.ts';
import { ADDRESS_SPACE_PLAN } from './kinds/address-space-plan.ts';
import { AUTHENTICATION_SERVICE } from './kinds/authentication-service.ts';
import { CONNECTOR } from './kinds/connector.ts';
import { ENDPOINT } from './kinds/endpoint.ts';
import { FORWARDER } from './kinds/forwarder.ts';
import { ROLE } from './kinds/role.ts';
import { ROLE_BINDING } from './kinds/role-binding.ts';
import { USER } from './kinds/user.ts';

/** All kinds of declared documents, in the order in which documents that need each other are written. */
export const KINDS: readonly Kind[] = [
  ENDPOINT,
  AUTHENTICATION_SERVICE,
  ADDRESS_SPACE_PLAN,
  ADDRESS_SPACE,
  ADDRESS_PLAN,
  ADDRESS,
  ADDRESS_EXPORT,
  ADDRESS_IMPORT,
  CONNECTOR,
  FORWARDER,
  ROLE,
  ROLE_BINDING,
  USER,
];
