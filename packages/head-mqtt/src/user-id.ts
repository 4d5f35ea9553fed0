import { type Principal, Refusal } from '@angarium/core';

/** The user property as which a message's user travels through MQTT. */
const NAME = 'amqp-user-id';
/** The property as it is written (MQTT 5.0, section 2.2.2.2): its identifier, and its name with the length in front. */
const PROPERTY = Buffer.concat([Buffer.from([0x26, 0, NAME.length]), Buffer.from(NAME)]);

/** What a client's messages may say of who has sent them; undefined: whatever they say, since it forwards what others have sent. */
export function userIdOf({ user, administersServer }: Principal): Buffer | undefined {
  return administersServer ? undefined : Buffer.from(user);
}

/** Whether the properties of a PUBLISH, `bytes[start, end)`, say another user than this one. */
export function saysAnother(user: Buffer, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < PROPERTY.length) return false;
  const properties = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  for (let at = properties.indexOf(PROPERTY); at >= 0; at = properties.indexOf(PROPERTY, at + 1)) {
    const length = at + PROPERTY.length;
    // What is found within a binary property may be no property of its own.
    const value = length + 2;
    if (value > properties.length) return false;
    if (!properties.subarray(value, value + properties.readUInt16BE(length)).equals(user)) return true;
  }
  return false;
}

/** The same for the user properties of a will, in the words of a refusal. */
export function refuseUserId(principal: Principal, properties: readonly (readonly [string, string])[] = []): Refusal | undefined {
  const user = userIdOf(principal)?.toString();
  const forged = user !== undefined && properties.some(([name, value]) => name === NAME && value !== user);
  return forged ? new Refusal('unauthorized', FORGED) : undefined;
}

export const FORGED = `the user property ${NAME} is not the user of the connection: leave it out, or say who you are`;
