import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';

/** A request and its answer. Those of HTTP/2 are of other classes, which have all that we use of these; where they differ, it is below. */
export type HttpRequest = IncomingMessage;
export type HttpResponse = ServerResponse;

/** Whether nobody reads the answer any more. */
export function isGone(response: HttpResponse): boolean {
  return isOfHttp2(response) ? response.stream === undefined || response.stream.destroyed : response.destroyed;
}

/** Ends an answer in the middle, so that its reader sees that it is not whole. */
export function cutOff(response: HttpResponse): void {
  if (isOfHttp2(response)) response.stream?.destroy();
  else response.destroy();
}

/** A peer as the log names it. */
export function peerName({ remoteAddress, remotePort }: { remoteAddress?: string | undefined; remotePort?: number | undefined }): string {
  return `${remoteAddress}:${remotePort}`;
}

function isOfHttp2(response: object): response is Http2ServerResponse {
  return 'stream' in response;
}
