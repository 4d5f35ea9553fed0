import type { Mechanism } from '@angarium/transport';
import type { Authority } from './authority.ts';
import type { Users } from './users.ts';

/** All that there are, strongest first: clients that choose by themselves take the first that they have something for. */
const STRONGEST_FIRST: readonly Mechanism[] = ['EXTERNAL', 'SCRAM-SHA-512', 'SCRAM-SHA-256', 'OAUTHBEARER', 'XOAUTH2', 'PLAIN'];

/** What users of these spaces can log in by. */
export function offeredMechanisms(
  spaces: readonly string[],
  users: Users,
  authorityOf: (space: string) => Authority | undefined,
): readonly Mechanism[] {
  const offered = new Set<Mechanism>();
  for (const space of spaces) {
    for (const mechanism of users.scram(space)) offered.add(mechanism);
    if (users.hasPasswords(space)) offered.add('PLAIN');
    if (users.hasTokens(space)) offered.add('OAUTHBEARER');
    if (users.hasCertificates(space)) offered.add('EXTERNAL');
    for (const mechanism of authorityOf(space)?.mechanisms ?? []) offered.add(mechanism);
  }
  return STRONGEST_FIRST.filter(mechanism => offered.has(mechanism));
}
