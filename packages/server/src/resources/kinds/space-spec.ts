import Type, { type Static } from 'typebox';
import { LIMITS } from '../limits-schema.ts';

/** What both an address space and its plan may say. */
export const PLANNED_SPACE_FIELDS = {
  displayName: Type.Optional(Type.String({ maxLength: 255, description: 'What people call it.' })),
  limits: Type.Optional(LIMITS),
  autoCreate: Type.Optional(Type.Boolean({ description: 'Attaching to an address that is not there makes it.' })),
  authentication: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'The AuthenticationService that knows the users.' }),
  ),
};

export const SPACE_SPEC = Type.Object(
  {
    plan: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: 'The AddressSpacePlan that says what this document does not.' }),
    ),
    hostnames: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9*]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$', expected: 'a host name' }), {
        maxItems: 100,
        description: 'Host names by which clients mean this space: as TLS server name, or as AMQP hostname.',
      }),
    ),
    ...PLANNED_SPACE_FIELDS,
  },
  { additionalProperties: false },
);
export type SpaceSpec = Static<typeof SPACE_SPEC>;

export const SPACE_PLAN_SPEC = Type.Object(
  { description: Type.Optional(Type.String({ maxLength: 4096, description: 'What it is for.' })), ...PLANNED_SPACE_FIELDS },
  { additionalProperties: false },
);
export type SpacePlanSpec = Static<typeof SPACE_PLAN_SPEC>;
