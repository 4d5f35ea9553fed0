import { type Choice, SORTS } from './top-view.ts';

const PAGE = 10;

/** What a key makes of the choice; 'quit' ends it. Keys come as a terminal in raw mode sends them. */
export function pressed(key: string, choice: Choice): Choice | 'quit' {
  if (key === '\x03') return 'quit';
  if (choice.typing) return typed(key, choice);
  switch (key) {
    case 'q':
      return 'quit';
    case 'a':
      return { ...choice, view: 'addresses', sort: 0, skip: 0 };
    case 'c':
      return { ...choice, view: 'connections', sort: 0, skip: 0 };
    case 's':
      return { ...choice, sort: (choice.sort + 1) % SORTS[choice.view].length, skip: 0 };
    case '/':
      return { ...choice, typing: true, filter: '', skip: 0 };
    case '\x1b[A':
      return { ...choice, skip: Math.max(0, choice.skip - 1) };
    case '\x1b[B':
      return { ...choice, skip: choice.skip + 1 };
    case '\x1b[5~':
      return { ...choice, skip: Math.max(0, choice.skip - PAGE) };
    case '\x1b[6~':
      return { ...choice, skip: choice.skip + PAGE };
    default:
      return choice;
  }
}

function typed(key: string, choice: Choice): Choice {
  if (key === '\r' || key === '\n') return { ...choice, typing: false };
  if (key === '\x1b') return { ...choice, typing: false, filter: '' };
  if (key === '\x7f' || key === '\b') return { ...choice, filter: choice.filter.slice(0, -1) };
  return /^[^\p{Cc}]+$/u.test(key) ? { ...choice, filter: choice.filter + key } : choice;
}
