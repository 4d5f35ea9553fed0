import { AmqpDecodeError, readUserId } from '@angarium/codec-amqp';
import { type Principal, Refusal } from '@angarium/core';

/** The message has not come as far as to say it. */
export const NOT_YET = Symbol('not yet');

/** What the user-id of a peer's messages has to be, where they have one; undefined: whatever it says, since it forwards what others have sent. */
export function userIdOf({ user, administersServer }: Principal): Uint8Array | undefined {
  return administersServer ? undefined : new TextEncoder().encode(user);
}

/** Part 3, section 3.2.4: the container may check that the user-id of a message is who has sent it. undefined: it is, or none is said. */
export function checkUserId(
  user: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  more: boolean,
): Refusal | typeof NOT_YET | undefined {
  let said: Uint8Array | undefined;
  try {
    said = readUserId(bytes, start, end);
  } catch (error) {
    if (!(error instanceof AmqpDecodeError)) throw error;
    return more ? NOT_YET : new Refusal('message-malformed', `The message cannot be decoded: ${error.message}.`);
  }
  if (said === undefined) return more ? NOT_YET : undefined;
  if (said.length === 0 || (said.length === user.length && said.every((byte, i) => byte === user[i]))) return undefined;
  return new Refusal('unauthorized', 'The user-id of the message is not the user of the connection: leave it out, or say who you are.');
}
