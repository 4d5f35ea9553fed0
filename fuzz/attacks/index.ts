import type { Attack } from '../attack.ts';
import { churn, cutShort, frameTricks, garbageBytes, halfOpen, silentAfterOpen } from './bytes.ts';
import { neverReads, neverReadsAndSends, neverSettles, slowMulticast } from './consumers.ts';
import { creditFlapping, dispositionFlood, dispositionHoles, flowFlood } from './flows.ts';
import { attachBeyond, attachEverywhere, attachStorm, attachStormMany, mostHandles, subscriptions } from './links.ts';
import { illegalOrder, mutations, sessionStorm } from './sessions.ts';
import { resumptionTricks, transactionTricks } from './transactions.ts';
import { abortStorm, beyondCredit, doubledIds, endlessToAnycast, endlessToQueue, unfinishedEverywhere } from './transfers.ts';
import { longNames, malformedMessages, valueBombs } from './values.ts';

/** All attacks, in the order in which they are run: those that leave something behind come last. */
export const ATTACKS: readonly Attack[] = [
  garbageBytes,
  frameTricks,
  valueBombs,
  malformedMessages,
  longNames,
  illegalOrder,
  mutations,
  sessionStorm,
  attachStorm,
  attachStormMany,
  attachEverywhere,
  mostHandles,
  subscriptions,
  flowFlood,
  creditFlapping,
  dispositionFlood,
  dispositionHoles,
  endlessToQueue,
  endlessToAnycast,
  abortStorm,
  beyondCredit,
  doubledIds,
  transactionTricks,
  resumptionTricks,
  unfinishedEverywhere,
  neverReads,
  neverReadsAndSends,
  neverSettles,
  slowMulticast,
  churn,
  halfOpen,
  cutShort,
  silentAfterOpen,
  attachBeyond,
];
