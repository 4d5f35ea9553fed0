import { CARRIERS, PROTOCOLS, type Protocol } from '../../test/matrix/letter.ts';
import { GENERATED, markdownTable } from './markdown.ts';

const NAMES: Readonly<Record<Protocol, string>> = {
  amqp: 'AMQP 1.0',
  mqtt311: 'MQTT 3.1.1',
  mqtt5: 'MQTT 5.0',
  http: 'HTTP',
  webSocket: 'JSON over a WebSocket',
};

/** docs/reference/translation.md */
export function translationPage(): string {
  const rows = Object.values(CARRIERS).map(carrier => [carrier.title, ...PROTOCOLS.map(protocol => carrier[protocol] ?? '–')]);
  return `${GENERATED}

# What a message says in each protocol

A message keeps its sender's bytes, and is translated when a reader of another protocol gets it. Whatever both protocols can say arrives: a test sends every kind of message from every
protocol to every other, over addresses of all types, and holds this table.

${markdownTable(['', ...PROTOCOLS.map(protocol => NAMES[protocol])], rows)}

What changes on the way, because the other protocol has no other way to say it:

- Properties of the application are texts in MQTT: a number, a boolean or a date of AMQP becomes its text. AMQP has each name once, so that of several user properties of one name the last one counts.
- Correlation data of MQTT is bytes: a text becomes its UTF-8, and what comes from MQTT is a binary correlation-id in AMQP. Ids that are numbers or UUIDs become texts.
- A body that is a list, a map or a number in AMQP becomes JSON, with the content type \`application/json\`.
- A user id that is no UTF-8 stays behind, and so do delivery and message annotations and footers, but for a trace context. A content type that is not ASCII is the application property \`content-type\` in AMQP.
- The topic that a message was published to is its \`to\` in AMQP. A response topic is a name: an address for replies with a wildcard in it stays behind.
- A user property \`specversion\` with \`id\`, \`source\` and \`type\` makes an MQTT message a CloudEvent, whose lower-case user properties are its attributes.

To a subscriber over MQTT a message of another protocol comes with QoS 1, or less if the subscription asks for less; with QoS 0 when it is not durable and its sender waited for no outcome.
`;
}
