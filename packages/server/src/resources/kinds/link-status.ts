import type { ConnectorStatus, ForwarderStatus } from '@angarium/head-amqp';
import Type from 'typebox';
import { CONDITIONS, count, readiness } from '../condition.ts';

const PHASES = {
  Connecting: 'not there yet, and nothing has gone wrong',
  Active: 'it works',
  Failed: 'the last attempt failed, and there will be another',
  Paused: 'somebody has paused it, or the connector that it uses',
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
  message: Type.Optional(Type.String({ description: 'Of Paused: what is paused, and how it goes on.' })),
  attempts: count('Attempts in a row that failed.'),
  lastError: Type.Optional(Type.String({ description: 'Why it does not work, or did not the last time, and what to do.' })),
  lastErrorTime: Type.Optional(Type.String({ format: 'date-time', description: 'When that was.' })),
  conditions: CONDITIONS,
};

/** What the specification of a connector and that of a forwarder have in common. */
export const linkSpec = {
  paused: Type.Optional(
    Type.Boolean({
      description:
        'Do nothing for as long as it says so: what is under way is settled first, the remote is told goodbye, and nothing that is kept for it is lost.',
    }),
  ),
};

/** A status with its conditions; of one that is not there yet, nothing. */
export function shownStatus(status: ConnectorStatus | ForwarderStatus | undefined): object {
  if (!status) return {};
  const { phase, message = status.lastError } = status;
  const wanting = phase === 'Active' ? [] : [{ reason: phase, ...(message !== undefined && { message }) }];
  return { ...status, conditions: readiness(wanting) };
}
