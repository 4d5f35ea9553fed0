import type { MessageFilter } from './message-filter.ts';

export function compileFilter(_text: string): MessageFilter | undefined {
  return undefined;
}
