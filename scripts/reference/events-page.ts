import { ALIKE_INTERVAL_MS, ALIKE_MAX, EVENTS_MAX } from '../../packages/server/src/events/event-history.ts';
import { EVENT_REASONS } from '../../packages/server/src/events/event-reasons.ts';
import { LOG_PARTS } from '../../packages/server/src/log-parts.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/events.md */
export function eventsPage(): string {
  const reasons = Object.entries(EVENT_REASONS).map(([reason, { type, severity, description }]) => [
    `\`${reason}\``,
    type,
    severity,
    description,
  ]);
  const parts = Object.entries(LOG_PARTS).map(([part, description]) => [`\`${part}\``, description]);
  return `${GENERATED}

# Events and parts of the log

What \`angarium events\` and \`/apis/angarium.dev/v1/events\` tell. Administrators of the server see all of them, others those of their address space, as far as they may view what they are about. The last ${EVENTS_MAX.toLocaleString('en')}
are remembered, over a restart in order too. Of one reason and address space at most ${ALIKE_MAX} in ${ALIKE_INTERVAL_MS / 1000} seconds are told one by one; how many more there were is told as one. How to follow them: [monitoring](../monitoring.md#events).

${markdownTable(['reason', 'type', 'severity', 'what has happened'], reasons)}

A \`Problem\` is as severe as its line in the log.

## Parts of the log

Each line of the server's log says which part it is of (\`part\`), and each part has a level of its own: \`logLevels\` in the configuration, \`angarium log level PART LEVEL\` while the server runs.

${markdownTable(['part', 'what it says'], parts)}
`;
}
