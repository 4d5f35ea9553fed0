import { reasonCodeName } from '../../packages/codec-mqtt/src/index.ts';
import { type Outcome, REFUSALS, type RefusalCode } from '../../packages/core/src/index.ts';
import { AMQP_OUTCOMES } from '../../packages/head-amqp/src/index.ts';
import { HTTP_OUTCOMES, MESSAGE_PROBLEMS } from '../../packages/head-http/src/index.ts';
import { MQTT_OUTCOMES } from '../../packages/head-mqtt/src/index.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/outcomes.md */
export function outcomesPage(): string {
  return `${GENERATED}

# Outcomes and refusals in every protocol

A message has one of four outcomes, those of AMQP 1.0, whatever protocol it was sent over and whatever protocol its consumer speaks. When Angarium refuses something, it
says so with one of the [refusal codes](refusals.md). This page has the words that each protocol has for them.

## What a sender hears of its message

${markdownTable(['outcome', 'AMQP 1.0 state', 'MQTT 3.1.1', 'MQTT 5.0 PUBACK, PUBREC', 'HTTP'], outcomeRows())}

MQTT 3.1.1 has no words for anything but success: what became of the message stands in the server's log. A publish with QoS 0 has no answer in either version.

## What a consumer says

| outcome | AMQP 1.0 | MQTT 3.1.1 | MQTT 5.0 | HTTP |
| --- | --- | --- | --- | --- |
| accepted | \`accepted\` | PUBACK, PUBREC | PUBACK, PUBREC below 0x80 | \`settle=auto\`, or \`"outcome": "accepted"\` |
| rejected | \`rejected\` | – | PUBACK, PUBREC from 0x80 | \`"outcome": "rejected"\` |
| released | \`released\` | – | – | \`"outcome": "released"\` |
| modified | \`modified\` | the connection is lost | the connection is lost | \`"outcome": "modified"\`, or the lease expires |

A message of a client's own MQTT session that was under way when its connection was lost comes again to that session; a queue's, a direct address's or a shared
subscription's is \`modified\` with a failed attempt. An AMQP link that ends leaves its deliveries \`modified\` in the same way.

## How a refusal is said

PUBACK, PUBREC and SUBACK end nothing; DISCONNECT is the end of the connection. AMQP's condition stands in a \`rejected\` outcome, a \`detach\`, \`end\` or \`close\`; over HTTP it
is a problem document (RFC 9457) with the refusal's code. In MQTT 3.1.1 a SUBACK has 0x80 for any refusal, and instead of a DISCONNECT the connection just ends.

${markdownTable(['refusal', 'AMQP 1.0 condition', 'MQTT 5.0 PUBACK, PUBREC', 'MQTT 5.0 SUBACK', 'MQTT 5.0 DISCONNECT', 'HTTP status'], refusalRows())}
`;
}

function outcomeRows(): string[][] {
  return (Object.keys(AMQP_OUTCOMES.outcomes) as Outcome['kind'][]).map(kind => [
    kind,
    `\`${AMQP_OUTCOMES.outcomes[kind]}\``,
    'PUBACK, PUBREC',
    reason('puback', MQTT_OUTCOMES.outcomes[kind]),
    httpWords(HTTP_OUTCOMES.outcomes[kind]),
  ]);
}

function refusalRows(): string[][] {
  return (Object.keys(REFUSALS) as RefusalCode[]).map(code => {
    const { publish, subscribe, disconnect } = MQTT_OUTCOMES.refusals[code];
    return [
      `\`${code}\``,
      `\`${AMQP_OUTCOMES.refusals[code]}\``,
      reason('puback', publish),
      reason('suback', subscribe),
      reason('disconnect', disconnect),
      String(HTTP_OUTCOMES.refusals[code]),
    ];
  });
}

function reason(packet: 'puback' | 'suback' | 'disconnect', code: number): string {
  return `0x${code.toString(16).padStart(2, '0')} ${reasonCodeName(packet, code)}`;
}

function httpWords(answer: (typeof HTTP_OUTCOMES.outcomes)[Outcome['kind']]): string {
  return typeof answer === 'number' ? String(answer) : `${MESSAGE_PROBLEMS[answer].status} \`${answer}\``;
}
