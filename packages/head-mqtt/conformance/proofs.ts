import type { Proof } from './row.ts';

function testsOf(file: string): (test: string) => Proof {
  return test => ({ file, test });
}

/** Tests of the codec, file by file. */
export const codec = {
  ack: testsOf('codec-mqtt/test/ack.test.ts'),
  answers: testsOf('codec-mqtt/test/packet/answers.test.ts'),
  bytes: testsOf('codec-mqtt/test/byte-writer.test.ts'),
  connect: testsOf('codec-mqtt/test/packet/connect.test.ts'),
  filter: testsOf('codec-mqtt/test/topic-filter.test.ts'),
  packet: testsOf('codec-mqtt/test/packet/packet.test.ts'),
  properties: testsOf('codec-mqtt/test/properties.test.ts'),
  publish: testsOf('codec-mqtt/test/publish.test.ts'),
  reasons: testsOf('codec-mqtt/test/reason-code.test.ts'),
  splitter: testsOf('codec-mqtt/test/packet-splitter.test.ts'),
  subscribe: testsOf('codec-mqtt/test/packet/subscribe.test.ts'),
  text: testsOf('codec-mqtt/test/text.test.ts'),
};

/** Tests of a live server. */
export const server = {
  answers: testsOf('head-mqtt/test/connect-answers.test.ts'),
  authentication: testsOf('head-mqtt/test/authentication.test.ts'),
  connect: testsOf('head-mqtt/test/connect.test.ts'),
  exchange: testsOf('head-mqtt/test/exchange.test.ts'),
  foreign: testsOf('head-mqtt/test/foreign-clients.test.ts'),
  hostile: testsOf('head-mqtt/test/hostile.test.ts'),
  limits: testsOf('head-mqtt/test/subscription-limits.test.ts'),
  malformed: testsOf('head-mqtt/test/malformed.test.ts'),
  outcomes: testsOf('head-mqtt/test/outcome-table.test.ts'),
  qos: testsOf('head-mqtt/test/qos.test.ts'),
  redelivery: testsOf('head-mqtt/test/redelivery.test.ts'),
  retained: testsOf('head-mqtt/test/retained-messages.test.ts'),
  session: testsOf('head-mqtt/test/session.test.ts'),
  shared: testsOf('head-mqtt/test/shared-subscription.test.ts'),
  subscription: testsOf('head-mqtt/test/subscription.test.ts'),
  v311: testsOf('head-mqtt/test/version-3.1.1.test.ts'),
  web: testsOf('head-http/test/mqtt-web-socket.test.ts'),
  words: testsOf('head-mqtt/test/reasons-in-words.test.ts'),
  webSocket: testsOf('head-mqtt/test/web-socket.test.ts'),
  will: testsOf('head-mqtt/test/will.test.ts'),
};

/** Every malformed packet against a live server: one test for each fault, which go by this name. */
export const MALFORMED = server.malformed('[MQTT-4.13.1-1] (3.1.1: [MQTT-4.8.0-1])');
