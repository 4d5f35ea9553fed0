/** As hard to guess as a key, and without what is hard to type. */
const RANDOM_BYTES = 18;

/** A password that nobody guesses: 24 letters, digits, `-` and `_`. */
export function newPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
