/** What a text may be made of without any preparation: printable ASCII. */
const PLAIN = /^[\x20-\x7e]*$/;

/** RFC 3454, table C.1.2: spaces that become the space of ASCII. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;

/** RFC 3454, table B.1: characters that become nothing. */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

/** RFC 4013, section 2.3: controls, private use, surrogates, what is no character, and what would change how the text is shown. */
const PROHIBITED = new RegExp(
  '[\\p{Cc}\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}' +
    '\\u0340\\u0341\\u06dd\\u070f\\u180e\\u200c-\\u200f\\u2028-\\u202e\\u2060-\\u2063\\u206a-\\u206f\\u2ff0-\\u2ffb\\ufeff\\ufff9-\\ufffd' +
    '\\u{1d173}-\\u{1d17a}\\u{e0001}\\u{e0020}-\\u{e007f}]',
  'u',
);

/**
 * SASLprep (RFC 4013): the form in which names and passwords are compared and hashed, so that the same text typed on another keyboard is the same
 * password. undefined: the text has a character that must not be in one. Its checks of characters that are written from right to left, and of those
 * that Unicode 3.2 did not have, are left out: they would only refuse what clients that leave them out too could send.
 */
export function saslPrepared(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  const prepared = text.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  return PROHIBITED.test(prepared) ? undefined : prepared;
}
