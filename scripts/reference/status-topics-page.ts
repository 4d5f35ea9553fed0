import { STATUS_NAME } from '../../packages/core/src/index.ts';
import { ADDRESS_TOPICS, SERVER_TOPICS, STATUS_ADDRESSES_MAX } from '../../packages/server/src/status-topics.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/status-topics.md */
export function statusTopicsPage(): string {
  const rows = (prefix: string, topics: Readonly<Record<string, { readonly description: string }>>): string[][] =>
    Object.entries(topics).map(([topic, { description }]) => [`\`${STATUS_NAME}/${prefix}${topic}\``, description]);
  return `${GENERATED}

# Topics of the server itself

A server tells about itself below \`${STATUS_NAME}/\`, as others do below \`$SYS/\`: subscribe over MQTT, or receive over AMQP or HTTP. Values are texts. A new reader gets the present ones first, over MQTT
with the retain flag; then those that have changed, every ten seconds (\`statusInterval\` in [configuration.md](configuration.md), \`off\` for none). While nobody reads, nothing is counted or sent.
Wildcards match these topics below \`${STATUS_NAME}\` only: \`#\` alone does not. Nobody else sends there: a publisher is told \`unauthorized\`.

Everybody who may connect may read them, about his own address space.

${markdownTable(['topic', 'value'], rows('', SERVER_TOPICS))}

The ${STATUS_ADDRESSES_MAX} addresses that were made first have topics of their own; all of them are in the [HTTP API](openapi.json).

${markdownTable(['topic', 'value'], rows('addresses/<name>/', ADDRESS_TOPICS))}

\`\`\`console
$ mosquitto_sub -v -t '${STATUS_NAME}/addresses/orders/+'
${STATUS_NAME}/addresses/orders/ready 12
…
\`\`\`
`;
}
