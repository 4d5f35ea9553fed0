import { REFUSALS } from '../../packages/core/src/index.ts';
import { REQUEST_PROBLEMS } from '../../packages/server/src/http/problem.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/refusals.md */
export function refusalsPage(): string {
  const refusals = Object.entries(REFUSALS).map(([code, meaning]) => [`\`${code}\``, meaning]);
  const problems = Object.entries(REQUEST_PROBLEMS).map(([code, { status, meaning }]) => [`\`${code}\``, meaning, String(status)]);
  return `${GENERATED}

# Refusals

When Angarium says no, it says why: with a code that stays the same over all protocols and versions, and a description for the one who has to do
something about it. How each protocol says them: [outcomes and refusals in every protocol](outcomes.md).

${markdownTable(['code', 'meaning'], refusals)}

## Problems of HTTP requests

These are about the request, before an address hears of it.

${markdownTable(['code', 'meaning', 'HTTP status'], problems)}
`;
}
