/** The longest selector, in UTF-16 units. */
export const SELECTOR_LENGTH_MAX = 8192;

/** How deep parentheses, NOT and signs may be nested, and how many operands an arithmetic expression may chain. */
export const SELECTOR_DEPTH_MAX = 64;

/** The most values in the list of one IN. */
export const SELECTOR_IN_MAX = 1024;

/** The longest pattern of LIKE, in UTF-16 units: comparing it with a text takes no more steps than the product of both lengths. */
export const SELECTOR_LIKE_LENGTH_MAX = 512;
