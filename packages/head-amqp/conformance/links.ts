import { type ConformanceRow, notSupported, tested } from './row.ts';

/** Part 2 from section 2.6 on: links, deliveries, performatives, definitions. */
export const LINK_ROWS: readonly ConformanceRow[] = [
  tested(
    '2, 2.6.1',
    'A link is known by its name and direction; attached again, it takes the older one’s place.',
    '[2.6.1] a link that attaches again under its name takes the place of the older one: amqp:link:stolen',
  ),
  notSupported(
    '2, 2.6.1',
    'A link’s name is unique between two containers, over all of their connections and sessions.',
    'It is unique within a session only, but for durable subscriptions: many clients use one container id in many processes, which then would detach each other without end.',
  ),
  tested(
    '2, 2.6.1',
    'A durable subscription is one link of its container, over all connections.',
    '[2.6.1] a durable subscription that another connection of the container attaches to leaves the older link stolen',
  ),
  tested('2, 2.6.2', 'A handle has one link at a time.', '[2.6.2] a handle that has a link cannot get another: amqp:session:handle-in-use'),
  tested(
    '2, 2.6.2',
    'A frame at a handle without a link ends the session.',
    'at a handle without a link ends the session with amqp:session:unattached-handle',
  ),
  tested(
    '2, 2.6.3',
    'Attach is answered with the other role, the peer’s terminus as it was, and ours as it is.',
    '[2.6.3] to a sender: the other role, its own source, and the target as it is',
  ),
  tested(
    '2, 2.6.3',
    'A refused link gets an attach without our terminus, then a detach with the error.',
    '[2.6.3] a refused sender gets an attach without target, and then a detach that says why',
  ),
  tested(
    '2, 2.6.3',
    'A receiver without a source resumes its terminus.',
    '[2.6.3] a receiver without a source resumes the durable subscription of its container and name',
  ),
  notSupported(
    '2, 2.6.3',
    'Unsettled maps in attach say what may be resumed: of direct addresses.',
    'Only queues and topics can keep deliveries; the answer to attach has no unsettled map, which says so.',
  ),
  notSupported(
    '2, 2.6.4',
    'incomplete-unsettled asks for further attaches until the maps are complete.',
    'A map counts as it comes: what is not in it comes again as a new delivery. The server keeps at most 1000 deliveries of a link, so that its own maps are small.',
  ),
  tested(
    '2, 2.6.5',
    'After a detach by the server, frames of the link are passed over until the peer has detached.',
    '[2.6.5] frames for a link that the server detached are passed over until the peer has detached, too',
  ),
  tested('2, 2.6.6', 'Detach is answered with detach, closed or not, and the link may attach again.', '[2.6.6] detach with closed'),
  tested('2, 2.6.6', 'A closed link leaves nothing behind.', '[2.6.6] detach with closed ends a durable subscription'),
  tested(
    '2, 2.6.7',
    'Credit is counted from delivery-count, initialised by the sender.',
    '[2.6.7] a sender gets credit by a flow, counted from its initial delivery-count',
  ),
  tested(
    '2, 2.6.7',
    'The delivery-count is a serial number that wraps around.',
    '[2.6.7] the delivery-count wraps around at 2^32, and credit with it',
  ),
  tested(
    '2, 2.6.7',
    'A sender has to have credit: amqp:link:transfer-limit-exceeded.',
    '[2.6.7] a transfer without credit detaches the link with amqp:link:transfer-limit-exceeded',
  ),
  tested(
    '2, 2.6.7',
    'What was sent on credit that is taken back is taken.',
    '[2.6.7] what is sent on credit that was taken back meanwhile is not a violation, but comes back',
  ),
  tested(
    '2, 2.6.7',
    'Exactly as many messages are sent as there is credit, by link-credit-snd = delivery-count-rcv + link-credit-rcv - delivery-count-snd.',
    '[2.6.7] credit counts from the delivery-count that the receiver has seen',
  ),
  tested('2, 2.6.7', 'Credit may be taken back.', '[2.6.7] credit that is taken back is not used'),
  tested('2, 2.6.7', 'available tells how many messages wait.', '[2.6.7] a flow says how many messages are available'),
  tested(
    '2, 2.6.7',
    'Drain uses up the credit: with what is there, or by advancing the delivery-count.',
    '[2.6.7] drain hands out what is there, and then uses up the credit',
  ),
  tested(
    '2, 2.6.7',
    'Drain of an empty source is answered at once.',
    '[2.6.7] drain of a queue without messages uses up the credit at once',
  ),
  notSupported(
    '2, 2.6.7',
    'A sender’s own flow state (available, drained credit) steers the credit it gets.',
    'Producers get credit by what the address can take; what they say to have makes no difference.',
  ),
  tested('2, 2.6.8', 'A flow of a link may ask for an echo.', '[2.6.8] a flow that asks for an echo gets the link’s state'),
  tested(
    '2, 2.6.9',
    'Messages may be fetched synchronously: credit and drain.',
    '[2.6.7] drain with fewer credits than messages hands out as many as there are credits',
  ),
  tested(
    '2, 2.6.10',
    'Messages may be fetched asynchronously: credit that is renewed.',
    'sends a hundred messages to a queue and receives them in order',
  ),
  tested('2, 2.6.11', 'Credit of zero stops a link.', '[2.6.7] credit that is taken back is not used'),
  tested('2, 2.6.12', 'A delivery has an id of its session and a tag of its link.', '[2.6.12] every delivery of a link has its own tag'),
  tested(
    '2, 2.6.12',
    'A receiver settles with an outcome, and the sender hears it.',
    '[2.6.12] an unsettled message to a queue is accepted and settled',
  ),
  tested('2, 2.6.12', 'At-most-once: settled transfers get no disposition.', '[2.6.12] a settled message gets no disposition'),
  tested(
    '2, 2.6.12',
    'At-least-once over a direct address: the outcome is the consumer’s, and comes after it.',
    '[2.6.12] nothing is said before the consumer has',
  ),
  tested('2, 2.6.12', 'Exactly-once handshake (receiver settles second), for both roles.', '[2.8.3] receiver settle mode second: after'),
  tested('2, 2.6.12', 'Many deliveries are settled by one disposition.', '[2.6.12] a batch is answered with one disposition for its range'),
  tested(
    '2, 2.6.12',
    'A disposition for what is settled already is passed over.',
    '[2.6.12] a disposition for deliveries that are settled already changes nothing',
  ),
  tested(
    '2, 2.6.13',
    'What a receiver has decided before its link was lost is settled when the link is resumed.',
    '[2.6.13] what the receiver had accepted before the link was lost is settled by a resumed transfer, and does not come again',
  ),
  tested(
    '2, 2.6.13',
    'What it has not decided is aborted, and comes again as a new delivery.',
    '[2.6.13] what it had not decided is aborted, and comes again as a new delivery with a new tag',
  ),
  tested('2, 2.6.13', 'What it does not know is given back.', '[2.6.13] what it does not know is given back, for anybody'),
  tested(
    '2, 2.6.13',
    'A message is taken once from a sender that settles last and resumes its transfer.',
    '[2.6.13] a message whose outcome the sender did not hear is taken once: its resumed transfer is answered with the outcome',
  ),
  tested(
    '2, 2.6.13',
    'Deliveries are kept as long as the expiry policy of the terminus says, and a limit allows.',
    '[3.5.6] what is kept is given back after the limit, whatever was asked for',
  ),
  notSupported(
    '2, 2.6.13',
    'Deliveries are kept for a link over a restart of the server.',
    'They are in memory: after a restart they come again as new deliveries, and messages that are sent again are told by the duplicates of an address.',
  ),
  tested(
    '2, 2.6.14',
    'A message may come in many transfers, mixed with those of other links.',
    '[2.6.14] messages of two links may come in turns, frame by frame',
  ),
  tested(
    '2, 2.6.14',
    'A message goes out in as many transfers as the peer’s max-frame-size asks for.',
    '[2.6.14] only the first frame of a delivery has id, tag and format',
  ),
  tested(
    '2, 2.6.14',
    'A delivery may be aborted by its sender.',
    '[2.6.14] an aborted delivery to a queue leaves nothing behind, and its credit comes back',
  ),
  tested(
    '2, 2.6.14',
    'The server aborts deliveries that it cannot end.',
    '[2.6.14] an aborted delivery of an anycast address is aborted for its consumer, and the next one goes through',
  ),
  tested(
    '2, 2.6.14',
    'Deliveries of one link do not mix.',
    '[2.6.14] a delivery that begins before the last one of its link has ended detaches the link',
  ),
  tested(
    '2, 2.7.1',
    'open tells container-id, max-frame-size, channel-max, idle-time-out, capabilities and properties.',
    '[2.7.1] the answer says who the server is, and its limits',
  ),
  tested('2, 2.7.1', 'container-id is mandatory.', '[2.4.1] an open without container-id is refused'),
  tested('2, 2.7.1', 'hostname chooses the address space.', '[2.7.1] a hostname that is no address space leads to the default one'),
  tested('2, 2.7.1', 'max-frame-size is at least 512, and honoured.', '[2.7.1] no frame to a peer is larger than its max-frame-size'),
  tested(
    '2, 2.7.1',
    'A frame beyond the server’s max-frame-size closes the connection.',
    '[2.7.1] a frame that is larger than the server takes closes the connection',
  ),
  tested('2, 2.7.1', 'A channel beyond channel-max closes the connection.', '[2.7.1] a channel beyond channel-max closes the connection'),
  notSupported(
    '2, 2.7.1',
    'outgoing-locales and incoming-locales choose the language of descriptions.',
    'Descriptions are in English, which every peer has to take (en-US).',
  ),
  tested(
    '2, 2.7.2',
    'begin tells remote-channel, windows and handle-max.',
    '[2.7.2] begin is answered on a channel with remote-channel, windows and handle-max',
  ),
  tested('2, 2.7.2', 'A handle beyond handle-max closes the connection.', '[2.7.3] a handle beyond handle-max closes the connection'),
  notSupported(
    '2, 2.7.2',
    'The peer’s handle-max limits the handles that the server chooses.',
    'The server answers with the peer’s own handle, which is within its limit; a link of its own has handle 0, which every limit allows.',
  ),
  tested('2, 2.7.3', 'A sender’s attach has initial-delivery-count.', '[2.7.3] a sender without initial-delivery-count is refused'),
  tested(
    '2, 2.7.3',
    'The settle modes that a peer asks for are agreed to.',
    '[2.8.2] sender settle mode settled: deliveries come settled and are gone',
  ),
  tested(
    '2, 2.7.3',
    'max-message-size of the server: a larger message detaches the link.',
    'detaches the link with amqp:link:message-size-exceeded, each time',
  ),
  tested(
    '2, 2.7.3',
    'max-message-size of the peer: a larger message is not sent.',
    '[2.6.2] a message that does not fit what the receiver takes is not sent: max-message-size',
  ),
  notSupported(
    '2, 2.7.3',
    'max-message-size of the peer, for a message that is forwarded while it arrives.',
    'Its size is not known when it begins; the peer sees it grow beyond the limit and may detach.',
  ),
  tested(
    '2, 2.7.5',
    'The first transfer of a delivery has a delivery-id.',
    '[2.7.5] a first transfer without delivery-id detaches the link',
  ),
  tested('2, 2.7.5', 'message-format comes through.', '[2.6.14] only the first frame of a delivery has id, tag and format'),
  notSupported(
    '2, 2.7.5',
    'rcv-settle-mode of a single transfer overrides the link’s.',
    'The link’s mode holds for all of its deliveries.',
  ),
  notSupported('2, 2.7.5', 'state of a transfer tells an outcome in advance.', 'It is passed over: outcomes are said in dispositions.'),
  tested(
    '2, 2.7.5',
    'resume of a transfer goes on with a delivery of before.',
    '[2.7.5] a resumed transfer that is settled, in several frames, ends the delivery',
  ),
  tested(
    '2, 2.7.5',
    'A resumed transfer that the receiver does not know is ignored.',
    '[2.7.5] a resumed transfer that the server knows nothing of is ignored, and another one goes through',
  ),
  notSupported(
    '2, 2.7.5',
    'batchable allows a delayed answer.',
    'All answers of one turn of the event loop are batched anyway, and none is delayed beyond it.',
  ),
  tested(
    '2, 2.7.6',
    'A disposition is for a range of delivery-ids, which wraps around.',
    '[2.8.10] a range of delivery-ids wraps around at 2^32',
  ),
  tested(
    '2, 2.7.6',
    'A disposition without outcome and unsettled changes nothing.',
    '[2.6.12] an unsettled disposition without an outcome (received) changes nothing',
  ),
  tested(
    '2, 2.8.2',
    'sender-settle-mode unsettled, settled and mixed.',
    '[2.8.2] sender settle mode mixed or unsettled: deliveries of a queue come unsettled and stay until they are settled',
  ),
  tested(
    '2, 2.8.3',
    'receiver-settle-mode first and second.',
    '[2.8.3] with receiver settle mode second, the outcome comes unsettled, and the sender settles',
  ),
  tested(
    '2, 2.8.16',
    'amqp:connection:forced: an operator closed the connection.',
    '[2.4.3] when the server stops, peers hear amqp:connection:forced',
  ),
  notSupported(
    '2, 2.8.16',
    'amqp:connection:redirect and amqp:link:redirect lead to another server.',
    'There is one server: nothing to lead to.',
  ),
  tested(
    '2, 2.8.15',
    'amqp:resource-deleted: the address of a link was deleted.',
    '[2.6.3] an address that is deleted detaches its links with amqp:resource-deleted',
  ),
  tested(
    '2, 2.8.15',
    'amqp:resource-limit-exceeded: more links than a connection may have.',
    '[2.6.3] links beyond the connection’s limit are refused with amqp:resource-limit-exceeded, until some are detached',
  ),
];
