import type { AddressSpace, Visit } from '@angarium/core';
import { durationMs } from './duration.ts';
import type { LeaseOwner } from './leases.ts';
import type { MessagePath } from './message-path.ts';
import { RequestError } from './problem.ts';
import type { HttpRequest, HttpResponse } from './request.ts';

/** A request that was let in, and its answer. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly path: MessagePath;
  /** Who asks, in the address space of the path. */
  readonly visit: Visit;
  readonly space: AddressSpace;
  readonly user: string;
}

/** A time that the query gives in milliseconds; `otherwise` when it does not. Throws `RequestError`. */
export function queryTime({ query }: MessagePath, parameter: string, maxMs: number, otherwise = 0): number {
  const text = query.get(parameter);
  if (text === null) return otherwise;
  const value = durationMs(text, parameter);
  if (value > maxMs) throw new RequestError('request-invalid', `${parameter} is ${text}; the most is ${maxMs / 1000}s.`);
  return value;
}

/** Throws `RequestError`. */
export function queryNumber({ query }: MessagePath, parameter: string, max: number, otherwise: number): number {
  const text = query.get(parameter);
  if (text === null) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text) || Number(text) > max)
    throw new RequestError('request-invalid', `${parameter} is "${text}", and has to be from 1 to ${max}.`);
  return Number(text);
}

/** Throws `RequestError`. */
export function queryFlag({ query }: MessagePath, parameter: string): boolean {
  const text = query.get(parameter);
  if (text === null || text === 'false') return false;
  if (text === 'true' || text === '') return true;
  throw new RequestError('request-invalid', `${parameter} is "${text}", and has to be true or false.`);
}

export function leaseOwner({ request, user, space }: Exchange): LeaseOwner {
  return { user, space: space.name, client: `${user}@${request.socket.remoteAddress}` };
}
