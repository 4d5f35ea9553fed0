import { RESERVED_PREFIX } from '../address/address-name.ts';
import { counted } from './words.ts';

/** How far a pattern of topics goes along with a name, in levels, and why it goes no farther. */
export interface TopicMismatch {
  readonly levels: number;
  readonly words: string;
}

/** Why a pattern (MQTT 5.0, section 4.7) does not match a topic; undefined: it does. */
export function topicMismatch(pattern: string, topic: string): TopicMismatch | undefined {
  const wanted = pattern.split('/');
  const levels = topic.split('/');
  // [MQTT-4.7.2-1]
  if (topic.startsWith(RESERVED_PREFIX) && (wanted[0] === '+' || wanted[0] === '#'))
    return { levels: 0, words: `no wildcard stands for the first level ${levels[0]}, which begins with ${RESERVED_PREFIX}` };
  for (let at = 0; at < wanted.length; at++) {
    const level = wanted[at]!;
    // A # also stands for no level at all.
    if (level === '#') return undefined;
    if (at >= levels.length) return { levels: at, words: `it has ${counted(wanted.length - at, 'level')} more than the topic` };
    if (level !== '+' && level !== levels[at])
      return { levels: at, words: `it has ${level || 'nothing'} where the topic has ${levels[at] || 'nothing'}` };
  }
  if (levels.length === wanted.length) return undefined;
  return { levels: wanted.length, words: `it has ${counted(levels.length - wanted.length, 'level')} less than the topic` };
}
