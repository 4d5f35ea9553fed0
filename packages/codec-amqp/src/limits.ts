/** How deep lists, maps, arrays and described values may be nested in one value. */
export const VALUE_DEPTH_MAX = 32;

/**
 * How many elements without any bytes (arrays of null, true, false, zero, or empty list) one value or message may have: the only
 * place where a few bytes could announce any number of elements.
 */
export const ZERO_WIDTH_ELEMENTS_MAX = 4096;

/** The longest delivery tag (part 2, section 2.8.7), in bytes. */
export const DELIVERY_TAG_BYTES_MAX = 32;

/** The longest symbolic descriptor that is looked up, in bytes; the longest of the specification has 35. */
export const SYMBOLIC_DESCRIPTOR_BYTES_MAX = 64;

/** The size of a frame's fixed header (part 2, section 2.3.1), in bytes. */
export const FRAME_HEADER_BYTES = 8;

/** The size of a protocol header (part 2, section 2.2), in bytes. */
export const PROTOCOL_HEADER_BYTES = 8;

/** The largest frame that may be sent before the open frames are exchanged: MIN-MAX-FRAME-SIZE (part 2, section 2.8.19), in bytes. */
export const FRAME_SIZE_BYTES_MIN_MAX = 512;
