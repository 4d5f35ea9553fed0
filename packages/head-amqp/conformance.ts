import { CONNECTION_ROWS } from './conformance/connections.ts';
import { LINK_ROWS } from './conformance/links.ts';
import { MESSAGING_ROWS } from './conformance/messaging.ts';
import type { ConformanceRow } from './conformance/row.ts';

export type { ConformanceRow };

/** AMQP 1.0 clause by clause, parts 1 to 5: what the reference page of conformance is made from. */
export const AMQP_CONFORMANCE: readonly ConformanceRow[] = [...CONNECTION_ROWS, ...LINK_ROWS, ...MESSAGING_ROWS];
