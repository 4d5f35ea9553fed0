export { HttpFront } from './http-front.ts';
export { HttpHead, type HttpHeadOptions, type HttpIdentity } from './http-head.ts';
export { HTTP_LIMITS, type HttpLimits, httpLimits } from './limits.ts';
export { jsonMessage } from './message-json.ts';
export { HTTP_OUTCOMES, MESSAGE_PROBLEMS } from './outcome-table.ts';
export { type HttpProblem, messageProblem, writeProblem } from './problem.ts';
export type { HttpRequest, HttpResponse } from './request.ts';
export { authorityOf, type RequestHead } from './request-head.ts';
export { messageReader } from './received-message.ts';
