import type { ConnectorStatus, ForwarderStatus } from '@angarium/head-amqp';
import Type from 'typebox';
import { CONDITIONS, count, readiness } from '../condition.ts';

const PHASES = {
  Connecting: 'not there yet, and nothing has gone wrong',
  Active: 'it works',
  Failed: 'the last attempt failed, and there will be another',
  Terminating: 'it ends',
} as const satisfies Record<ConnectorStatus['phase'], string>;

export const linkPhase = Type.Union(
  Object.keys(PHASES).map(phase => Type.Literal(phase)),
  {
    description: `${Object.entries(PHASES)
      .map(([phase, meaning]) => `${phase}: ${meaning}`)
      .join('; ')}.`,
  },
);

/** What the status of a connector and that of a forwarder have in common. */
export const linkStatus = {
  since: Type.String({ format: 'date-time', description: 'When it got into this phase.' }),
  attempts: count('Attempts in a row that failed.'),
  lastError: Type.Optional(Type.String({ description: 'Why it does not work, or did not the last time, and what to do.' })),
  lastErrorTime: Type.Optional(Type.String({ format: 'date-time', description: 'When that was.' })),
  conditions: CONDITIONS,
};

/** A status with its conditions; of one that is not there yet, nothing. */
export function shownStatus(status: ConnectorStatus | ForwarderStatus | undefined): object {
  if (!status) return {};
  const { phase, lastError } = status;
  const wanting = phase === 'Active' ? [] : [{ reason: phase, ...(lastError !== undefined && { message: lastError }) }];
  return { ...status, conditions: readiness(wanting) };
}
