import assert from 'node:assert/strict';
import { ByteWriter, type DeliveryState, encodeTransactionRequest } from '@angarium/codec-amqp';
import type { RawSender, RawSession } from './raw-session.ts';

export function declare(globalId?: string): Uint8Array {
  return request({ kind: 'declare', ...(globalId !== undefined && { globalId }) });
}

export function discharge(txnId: Uint8Array, fail = false): Uint8Array {
  return request({ kind: 'discharge', txnId, fail });
}

function request(of: Parameters<typeof encodeTransactionRequest>[1]): Uint8Array {
  const writer = new ByteWriter();
  encodeTransactionRequest(writer, of);
  return writer.bytes.slice(0, writer.length);
}

export function inTransaction(txnId: Uint8Array, outcome?: DeliveryState): DeliveryState {
  return { kind: 'transactional-state', txnId, ...(outcome && { outcome }) };
}

export async function coordinator(session: RawSession, outcomes?: string[]): Promise<RawSender> {
  const control = await session.sender(
    { kind: 'coordinator', capabilities: ['amqp:local-transactions'] },
    { ...(outcomes && { source: { outcomes } }) },
  );
  await control.credit();
  return control;
}

export async function begin(control: RawSender): Promise<Uint8Array> {
  const state = await control.outcomeOf(declare());
  assert.ok(state?.kind === 'declared', `declared, and not ${state?.kind}`);
  return state.txnId;
}

export async function conditionOf(answer: Promise<DeliveryState | undefined>): Promise<string> {
  const state = await answer;
  assert.ok(state?.kind === 'rejected', `rejected, and not ${state?.kind}`);
  return state.error!.condition;
}
