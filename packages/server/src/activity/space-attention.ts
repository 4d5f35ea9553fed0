import type { AddressSpace, Broker } from '@angarium/core';
import type { Connectors } from '@angarium/head-amqp';
import type { ServerCertificate } from '../tls/certificate-file.ts';
import { type AddressedAttention, nearLimits } from './attention.ts';

/** A certificate that expires within so many days wants to be renewed. */
const EXPIRES_SOON_DAYS = 30;
const DAY_MS = 86_400_000;

export interface AttentionSources {
  readonly broker: Broker;
  readonly connectors: () => Connectors | undefined;
  readonly certificates: () => readonly ServerCertificate[];
}

/** What needs attention in a space, and is none of its addresses. */
export function* spaceAttention(space: AddressSpace, sources: AttentionSources): Iterable<AddressedAttention> {
  yield* storage(sources);
  yield* nearLimits(space);
  yield* connections(space, sources);
  yield* certificates(sources);
}

function* storage({ broker }: AttentionSources): Iterable<AddressedAttention> {
  // A disk that is slower than what comes is waited for, and all goes on by itself.
  if (broker.logPressure === 'none' || broker.logPressure === 'unsynced-bytes') return;
  const full = broker.logPressure === 'disk-full';
  yield {
    audience: { of: 'space' },
    attention: {
      severity: 'danger',
      what: `The server stores no messages: ${full ? 'its disk is full' : 'its disk cannot be written'}.`,
      do: full
        ? 'Free some room in its data directory; consuming what is stored makes room, too.'
        : 'Look into the log of the server for why.',
    },
  };
}

function* connections({ name }: AddressSpace, { broker, connectors }: AttentionSources): Iterable<AddressedAttention> {
  for (const [kind, registry] of [
    ['Connector', connectors()?.connectors],
    ['Forwarder', connectors()?.forwarders],
  ] as const)
    for (const document of broker.resources.all(kind, name).values()) {
      const status = registry?.status({ name }, document.name);
      if (status?.phase !== 'Failed') continue;
      yield {
        audience: { of: 'kind', kind },
        attention: {
          severity: 'danger',
          what: `The ${kind.toLowerCase()} ${document.name} does not work: ${status.lastError ?? 'its last attempt failed'}`,
          do: `It is tried again; mend the other end, or change the ${kind.toLowerCase()}.`,
        },
      };
    }
}

function* certificates(sources: AttentionSources): Iterable<AddressedAttention> {
  for (const { entry, expiresMs } of sources.certificates()) {
    const days = Math.floor((expiresMs - Date.now()) / DAY_MS);
    if (days >= EXPIRES_SOON_DAYS) continue;
    yield {
      audience: { of: 'server' },
      attention: {
        severity: days < 7 ? 'danger' : 'warning',
        what: days < 0 ? `The certificate ${entry.name} has expired.` : `The certificate ${entry.name} expires in ${days} days.`,
        do: 'Put a new one in its place: the server takes it without a restart.',
      },
    };
  }
}
