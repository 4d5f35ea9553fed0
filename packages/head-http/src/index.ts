export { HttpHead, type HttpHeadOptions, type HttpIdentity } from './http-head.ts';
export { HTTP_LIMITS, type HttpLimits, httpLimits } from './limits.ts';
export { HTTP_OUTCOMES, MESSAGE_PROBLEMS } from './outcome-table.ts';
export { type HttpProblem, messageProblem, writeProblem } from './problem.ts';
