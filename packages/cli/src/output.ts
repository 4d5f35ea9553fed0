/** A line, or several, on standard output: what the command is for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** A remark for people on standard error: it is not part of what the command gives. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}
