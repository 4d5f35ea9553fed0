import { REFUSALS, type RefusalCode } from '../../packages/core/src/index.ts';
import { AMQP_CONDITIONS } from '../../packages/head-amqp/src/index.ts';
import { REFUSAL_STATUS, REQUEST_PROBLEMS } from '../../packages/server/src/http/problem.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/refusals.md */
export function refusalsPage(): string {
  const codes = Object.keys(REFUSALS) as RefusalCode[];
  const refusals = codes.map(code => [`\`${code}\``, REFUSALS[code], `\`${AMQP_CONDITIONS[code]}\``, String(REFUSAL_STATUS[code])]);
  const problems = Object.entries(REQUEST_PROBLEMS).map(([code, { status, meaning }]) => [`\`${code}\``, meaning, String(status)]);
  return `${GENERATED}

# Refusals

When Angarium says no, it says why: with a code that stays the same over all protocols and versions, and a description for the one who has to do
something about it. Over AMQP the description comes with the condition below; over HTTP both come in a problem document (RFC 9457).

${markdownTable(['code', 'meaning', 'AMQP condition', 'HTTP status'], refusals)}

## Problems of HTTP requests

These are about the request, before an address hears of it.

${markdownTable(['code', 'meaning', 'HTTP status'], problems)}
`;
}
