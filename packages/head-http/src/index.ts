export { HttpHead, type HttpHeadOptions, type HttpIdentity } from './http-head.ts';
export { HTTP_LIMITS, type HttpLimits } from './limits.ts';
export { type HttpProblem, MESSAGE_PROBLEMS, messageProblem, REFUSAL_STATUS, writeProblem } from './problem.ts';
