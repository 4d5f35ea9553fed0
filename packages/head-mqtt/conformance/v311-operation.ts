import { codec, MALFORMED, server } from './proofs.ts';
import { client, notApplicable, type StatementRow, tested } from './row.ts';

const LOWER = server.qos('[MQTT-3.8.4-8]');
const AGAIN = server.v311('[MQTT-4.4.0-1] [MQTT-2.3.1-3]');
const ORDERED = server.qos('[MQTT-4.6.0-5] [MQTT-4.6.0-6]');

/** MQTT 3.1.1, chapters 4, 6 and 7. */
export const V311_OPERATION: readonly StatementRow[] = [
  tested(
    '4.1.0-1',
    'Session state is stored for as long as the session lasts.',
    server.v311('[MQTT-3.1.2-4] [MQTT-3.1.2-5]'),
    server.session('[MQTT-3.14.4-1] a server that stops'),
  ),
  tested('4.1.0-2', 'A session lasts at least as long as its connection.', server.v311('[MQTT-3.1.2-6] [MQTT-3.1.2-7]')),
  tested('4.3.1-1', 'QoS 0: what is sent has QoS 0 and no DUP.', LOWER),
  tested('4.3.2-1', 'QoS 1, sender: an identifier that is not in use; no DUP at first; unacknowledged until PUBACK.', LOWER, AGAIN),
  tested(
    '4.3.2-2',
    'QoS 1, receiver: PUBACK; after it the identifier is that of a new message.',
    LOWER,
    server.exchange('(3.1.1: [MQTT-4.3.2-2])'),
  ),
  tested(
    '4.3.3-1',
    'QoS 2, sender: an identifier that is not in use; no DUP at first; PUBREL after PUBREC, and never PUBLISH again.',
    LOWER,
    AGAIN,
  ),
  tested(
    '4.3.3-2',
    'QoS 2, receiver: PUBREC; the same identifier is handed on once until PUBREL; PUBCOMP.',
    server.v311('[MQTT-4.3.3-2]'),
    server.redelivery('[MQTT-4.3.3-10]'),
  ),
  tested(
    '4.4.0-1',
    'When a session goes on, what was unacknowledged is sent again under its identifiers. (What comes from a queue address goes back to the queue.)',
    AGAIN,
    server.foreign('the client mqtt of npm'),
  ),
  tested('4.5.0-1', 'A message that was taken is in the session state of all who subscribe to it.', server.exchange('[MQTT-4.5.0-1]')),
  client('4.5.0-2', 'A client acknowledges what it gets, whatever it does with it.'),
  client('4.6.0-1', 'A client sends again in order. (The server does too.)', AGAIN),
  client('4.6.0-2', 'A client sends PUBACK in order. (The server does too.)', ORDERED),
  client('4.6.0-3', 'A client sends PUBREC in order. (The server does too.)', ORDERED),
  client('4.6.0-4', 'A client sends PUBREL in order.'),
  tested('4.6.0-5', 'Every topic is ordered.', ORDERED),
  tested('4.6.0-6', 'Messages of one client, topic and QoS come in their order.', ORDERED),
  tested('4.7.1-1', 'A topic name has no wildcards.', codec.filter('[MQTT-4.7.0-1]'), MALFORMED),
  tested('4.7.1-2', 'A # is a level of its own, and the last.', codec.filter('(3.1.1: [MQTT-4.7.1-2])'), MALFORMED),
  tested('4.7.1-3', 'A + is a level of its own.', codec.filter('(3.1.1: [MQTT-4.7.1-3])'), MALFORMED),
  tested(
    '4.7.2-1',
    'A wildcard at the beginning does not match a $ there.',
    codec.filter('[4.7.1] [MQTT-4.7.2-1]'),
    server.subscription('[MQTT-4.7.2-1]'),
  ),
  tested('4.7.3-1', 'Names and filters have at least one character.', codec.filter('[MQTT-4.7.3-1]'), MALFORMED),
  tested('4.7.3-2', 'Names and filters have no U+0000.', codec.filter('[MQTT-4.7.3-1] [MQTT-4.7.3-2]'), MALFORMED),
  tested('4.7.3-3', 'Names and filters have at most 65,535 bytes.', server.exchange('[MQTT-4.7.3-3]')),
  tested(
    '4.7.3-4',
    'Names are matched as they are, without any normalization.',
    server.subscription('[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-4]'),
    server.answers('[MQTT-3.1.3-2]'),
  ),
  tested('4.8.0-1', 'A violation of the protocol ends the connection.', MALFORMED, server.hostile('any bytes after CONNECT')),
  notApplicable(
    '4.8.0-2',
    'A transient error while a packet is worked on ends the connection.',
    'What cannot be stored for now is not acknowledged, or waits; no packet is lost by that.',
  ),
  tested(
    '6.0.0-1',
    'WebSocket: packets go in binary frames; others end the connection.',
    server.webSocket('[MQTT-6.0.0-1] a frame of text'),
    server.webSocket('[MQTT-6.0.0-1] what the server sends'),
  ),
  tested('6.0.0-2', 'WebSocket: packets need not begin where frames do.', server.web('[MQTT-6.0.0-4]')),
  client('6.0.0-3', 'WebSocket: a client offers the subprotocol mqtt.'),
  tested('6.0.0-4', 'WebSocket: the subprotocol is mqtt.', server.web('[MQTT-6.0.0-4]')),
  notApplicable('7.0.0-1', 'A server that also connects to others conforms as a client, too.', 'The server opens no MQTT connections.'),
  tested(
    '7.0.0-2',
    'No extension is needed to work with others.',
    server.foreign('mosquitto_sub gets from mosquitto_pub'),
    server.foreign('paho of Python'),
  ),
  tested(
    '7.1.1-1',
    'The transport is an ordered, lossless stream of bytes: TCP, or a WebSocket.',
    server.foreign('the client mqtt of npm'),
    server.web('[MQTT-6.0.0-4]'),
  ),
  client('7.1.2-1', 'A client uses such a transport.'),
];
