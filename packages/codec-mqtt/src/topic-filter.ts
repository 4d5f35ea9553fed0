/** How many levels a topic filter may have, so that no subscription takes more than a few kilobytes. */
export const TOPIC_FILTER_LEVELS_MAX = 200;

const SHARE_PREFIX = '$share/';

/** Why this may not be a topic name (section 4.7), as the end of a sentence; `undefined` when it may. */
export function refuseTopicName(name: string): string | undefined {
  const refusal = refuseText(name);
  if (refusal !== undefined) return refusal;
  // [MQTT-4.7.0-1], [MQTT-3.3.2-2]
  if (name.includes('#') || name.includes('+')) return 'has a wildcard, which only a filter may have';
  return undefined;
}

/**
 * Why this may not be a topic filter (section 4.7), or a shared one (section 4.8.2), as the end of a sentence; `undefined`
 * when it may.
 */
export function refuseTopicFilter(filter: string): string | undefined {
  if (filter !== '$share' && !filter.startsWith(SHARE_PREFIX)) return refusePlainFilter(filter);
  const end = filter.indexOf('/', SHARE_PREFIX.length);
  // [MQTT-4.8.2-2]
  if (end < 0) return 'is shared, but has no filter after the share name';
  const share = filter.slice(SHARE_PREFIX.length, end);
  // [MQTT-4.8.2-1]
  if (share === '') return 'is shared, but its share name is empty';
  // [MQTT-4.8.2-2]
  if (share.includes('#') || share.includes('+')) return 'has a wildcard in its share name';
  return refuseText(filter) ?? refusePlainFilter(filter.slice(end + 1));
}

/** Like `refuseTopicFilter`, for 3.1.1, where a filter that begins with `$share/` is nothing special. */
export function refusePlainFilter(filter: string): string | undefined {
  const refusal = refuseText(filter);
  if (refusal !== undefined) return refusal;
  let levels = 1;
  for (let at = 0; at < filter.length; at++) {
    const unit = filter.charCodeAt(at);
    if (unit === SLASH) {
      levels++;
    } else if (unit === PLUS_SIGN || unit === NUMBER_SIGN) {
      const last = at + 1 === filter.length;
      if (at > 0 && filter.charCodeAt(at - 1) !== SLASH) return wildcardMisplaced(unit);
      // [MQTT-4.7.1-1] (3.1.1: [MQTT-4.7.1-2]) a number sign is the last character of all.
      if (unit === NUMBER_SIGN && !last) return 'has a # that is not its last level';
      // [MQTT-4.7.1-2] (3.1.1: [MQTT-4.7.1-3]) a plus sign is a level of its own.
      if (!last && filter.charCodeAt(at + 1) !== SLASH) return wildcardMisplaced(unit);
    }
  }
  return levels > TOPIC_FILTER_LEVELS_MAX ? `has ${levels} levels, which is more than ${TOPIC_FILTER_LEVELS_MAX}` : undefined;
}

const SLASH = 0x2f;
const PLUS_SIGN = 0x2b;
const NUMBER_SIGN = 0x23;

function wildcardMisplaced(unit: number): string {
  return `has a ${String.fromCharCode(unit)} that is not a level of its own`;
}

function refuseText(topic: string): string | undefined {
  // [MQTT-4.7.3-1]
  if (topic === '') return 'is empty';
  // [MQTT-4.7.3-2]
  if (topic.includes('\0')) return 'has the character U+0000';
  return undefined;
}

/** A filter and, when it is shared, the name of its share (section 4.8.2): `$share/{share}/{filter}`. */
export interface SharedFilter {
  share?: string;
  filter: string;
}

/** Takes apart a filter that `refuseTopicFilter` does not refuse. */
export function parseSharedFilter(filter: string): SharedFilter {
  if (!filter.startsWith(SHARE_PREFIX)) return { filter };
  const end = filter.indexOf('/', SHARE_PREFIX.length);
  return { share: filter.slice(SHARE_PREFIX.length, end), filter: filter.slice(end + 1) };
}

/**
 * Whether a topic name matches a filter (section 4.7.1, 4.7.2). Both are taken as correct; a shared filter has to be taken apart before.
 * For one filter; many of them are a tree of the core's.
 */
export function topicMatches(filter: string, name: string): boolean {
  const filterLevels = filter.split('/');
  const nameLevels = name.split('/');
  // [MQTT-4.7.2-1]: a wildcard does not match a first level that begins with $.
  if (name.startsWith('$') && (filterLevels[0] === '+' || filterLevels[0] === '#')) return false;
  for (let level = 0; level < filterLevels.length; level++) {
    if (filterLevels[level] === '#') return true;
    if (level === nameLevels.length) return false;
    if (filterLevels[level] !== '+' && filterLevels[level] !== nameLevels[level]) return false;
  }
  return filterLevels.length === nameLevels.length;
}
