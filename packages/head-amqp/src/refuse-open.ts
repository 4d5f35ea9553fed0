import type { AmqpError, Open } from '@angarium/codec-amqp';

/** How often connections are looked at for heartbeats and timeouts, in milliseconds. */
export const TICK_MS = 500;
/** Every peer takes frames of this size before it has said more (part 2, section 2.4.1). */
export const FRAME_BYTES_MIN_MAX = 512;
/** The shortest idle-time-out that heartbeats can keep, in milliseconds (part 2, section 2.4.5). */
const IDLE_TIME_OUT_MS_MIN = 2 * TICK_MS;

/** What an open asks for that cannot be (part 2, section 2.7.1). */
export function refuseOpen({
  maxFrameSize = FRAME_BYTES_MIN_MAX,
  idleTimeOutMs = 0,
}: Open): Required<Pick<AmqpError, 'condition' | 'description'>> | undefined {
  if (maxFrameSize < FRAME_BYTES_MIN_MAX)
    return { condition: 'amqp:invalid-field', description: `max-frame-size ${maxFrameSize} is below ${FRAME_BYTES_MIN_MAX}.` };
  if (idleTimeOutMs > 0 && idleTimeOutMs < IDLE_TIME_OUT_MS_MIN)
    return {
      condition: 'amqp:resource-limit-exceeded',
      description: `idle-time-out ${idleTimeOutMs} ms is below ${IDLE_TIME_OUT_MS_MIN} ms.`,
    };
  return undefined;
}
