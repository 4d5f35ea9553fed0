import type { Principal, Resource } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import { followProven } from '../identity/follow-proven.ts';
import type { ChangeHistory } from '../resources/change-history.ts';
import { Problem } from '../resources/problem.ts';
import { Watch, type WatchOptions } from '../resources/watch.ts';
import { sendComplaint } from './problem.ts';

/** Watches of all clients, at a time. */
export const WATCHES_MAX = 1000;

export type WatchWish = Pick<WatchOptions, 'kind' | 'concerns' | 'show' | 'bookmarks'> & {
  /** Documents that are there now. */
  readonly present: () => Iterable<Resource>;
  /** Since when; 0: from the documents that are there. */
  readonly revision: number;
  readonly timeoutMs: number | undefined;
};

/** The watches that are open. */
export class Watches {
  readonly history: ChangeHistory;
  #open = 0;

  constructor(history: ChangeHistory) {
    this.history = history;
  }

  /** Answers with changes until the client goes, or may no longer see what it sees. */
  begin(reply: FastifyReply, principal: Principal, { present, revision, timeoutMs, ...wish }: WatchWish): FastifyReply {
    if (this.#open >= WATCHES_MAX)
      return sendComplaint(
        reply,
        new Problem('watches-exhausted', `There are ${WATCHES_MAX} watches already: end some, or try again later.`),
      );
    const { history } = this;
    const from = revision === 0 ? history.end : history.placeAfter(revision);
    if (from === undefined)
      return sendComplaint(
        reply,
        new Problem(
          'version-gone',
          `What has changed since version ${revision} is not known any more: list the documents, and watch from there.`,
        ),
      );
    const watch = new Watch({ ...wish, history, from, ...(revision === 0 && { present: present() }) });
    this.#open++;
    const unfollow = followProven(principal, {
      rightsChanged: () => watch.end('rights-changed', 410, 'What you may do has changed: list the documents, and watch again.'),
      principalEnded: why => watch.end('principal-ended', 401, why),
    });
    const timeout = timeoutMs === undefined ? undefined : setTimeout(() => watch.finish(), timeoutMs).unref();
    watch.once('close', () => {
      this.#open--;
      unfollow();
      clearTimeout(timeout);
    });
    reply.type('application/json;stream=watch').send(watch);
    // Its reader shall know that it is heard, although nothing may change for long.
    setImmediate(() => {
      if (!reply.raw.headersSent && !reply.raw.destroyed) reply.raw.flushHeaders();
    });
    return reply;
  }
}
