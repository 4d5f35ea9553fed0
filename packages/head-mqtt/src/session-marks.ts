/** What a session notes in its inbox over a restart: numbers with an offset that says what is noted. */

/** A publish under way whose packet identifier is not the one that its number would give it: the identifier, with that number. */
export const MARK_SENT = 0;
/** QoS 2: the client has the message of this packet identifier, and has not said PUBCOMP. */
export const MARK_RELEASING = 0x1_0000;
/** QoS 2: the client's message of this packet identifier is here, and it has not said PUBREL. */
export const MARK_RECEIVED = 0x2_0000;
/** The value is the number of the last message whose delivery was begun. */
export const MARK_STARTED = 0x3_0000;
