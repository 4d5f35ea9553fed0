import type { StatementRow } from './conformance/row.ts';
import { V5_CONNECTING } from './conformance/v5-connecting.ts';
import { V5_OPERATION } from './conformance/v5-operation.ts';
import { V5_PUBLISHING } from './conformance/v5-publishing.ts';
import { V5_SUBSCRIBING } from './conformance/v5-subscribing.ts';
import { V311_OPERATION } from './conformance/v311-operation.ts';
import { V311_PACKETS } from './conformance/v311-packets.ts';

export type { StatementRow };

/** Every normative statement of MQTT 5.0 and 3.1.1, in the order of their appendices B: what the reference page of conformance is made from. */
export const MQTT_CONFORMANCE: Readonly<Record<'5.0' | '3.1.1', readonly StatementRow[]>> = {
  '5.0': [...V5_CONNECTING, ...V5_PUBLISHING, ...V5_SUBSCRIBING, ...V5_OPERATION],
  '3.1.1': [...V311_PACKETS, ...V311_OPERATION],
};
