import { HTTP_LIMITS } from '../../packages/head-http/src/index.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/http-limits.md */
export function httpLimitsPage(): string {
  const rows = Object.entries(HTTP_LIMITS).map(([name, { default: value, description }]) => [`\`${name}\``, String(value), description]);
  return `${GENERATED}

# Limits of messages over HTTP

What bounds requests, answers, event streams and WebSockets of [messages over HTTP](../http.md).

${markdownTable(['limit', 'value', 'bounds'], rows)}
`;
}
