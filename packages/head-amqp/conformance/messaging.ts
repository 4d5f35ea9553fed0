import { type ConformanceRow, notSupported, tested } from './row.ts';

/** Parts 3, 4 and 5: messages, outcomes, termini, transactions, security layers. */
export const MESSAGING_ROWS: readonly ConformanceRow[] = [
  tested('3, 3.2', 'The sections of a message, in their order.', '[3, 3.2] sections out of order, or twice, are refused'),
  tested(
    '3, 3.2',
    'A malformed message is rejected with amqp:decode-error.',
    '[3.2] a message to a queue that cannot be decoded is rejected with amqp:decode-error, and its credit comes back',
  ),
  tested(
    '3, 3.2',
    'The bare message is immutable: it comes as it was sent.',
    'gets values of all AMQP types, and all sections, unchanged through all four types of address',
  ),
  tested(
    '3, 3.2.1',
    'first-acquirer and delivery-count tell of earlier attempts.',
    '[3.4.5] modified with delivery-failed: it comes again with its delivery-count increased',
  ),
  tested('3, 3.2.1', 'priority orders the messages of a queue.', 'higher ones come first, and equal ones in the order of arrival'),
  tested('3, 3.2.4', 'to names where a message to the anonymous terminus goes.', 'a message goes where its property to says'),
  tested(
    '3, 3.2.4',
    'absolute-expiry-time ends a message that has no ttl.',
    '[3.2.4] absolute-expiry-time ends a message that says no ttl: a past one at once, over HTTP and AMQP alike',
  ),
  tested(
    '3, 3.2.4',
    'group-id keeps a group together, in the order in which it came; group-sequence comes through unchanged.',
    'the messages of a group go to one consumer, in order, and groups are shared out',
  ),
  tested('3, 3.4.2', 'accepted.', '[3.4.2] accepted: the message is gone'),
  tested('3, 3.4.3', 'rejected, with the consumer’s error.', '[3.4.3] rejected: the message is gone, and not tried again'),
  tested(
    '3, 3.4.4',
    'released: as if it had never been delivered.',
    '[3.4.4] released: the message comes again with its delivery-count as it was',
  ),
  tested(
    '3, 3.4.5',
    'modified: delivery-failed counts as an attempt.',
    '[3.4.5] modified with delivery-failed: it comes again with its delivery-count increased',
  ),
  tested(
    '3, 3.4.5',
    'modified: undeliverable-here keeps the message from this link.',
    '[3.4.5] modified with undeliverable-here: another link gets it',
  ),
  tested('3, 3.4.5', 'modified: all fields reach the producer of a direct address.', '[3.4.5] modified, with all of its fields'),
  tested(
    '3, 3.4.5',
    'modified: message-annotations are merged into a stored message (texts, numbers and times).',
    '[3.4.5] modified with message-annotations: the stored message has them when it comes again, after the delay that it asks for',
  ),
  notSupported(
    '3, 3.4.1',
    'received tells how much of a delivery has come, to resume there.',
    'A delivery that its receiver has not decided is aborted when its link is resumed, and comes again from its beginning.',
  ),
  tested(
    '3, 3.5.3',
    'A source’s default-outcome is that of deliveries which are settled without one.',
    '[2.6.12] settled without an outcome: the default outcome of the source',
  ),
  notSupported(
    '3, 3.5.3',
    'A source’s default-outcome is that of deliveries which are unsettled when their link ends.',
    'They are released, since the peer cannot have meant to settle what it left; after a broken connection they are modified with delivery-failed.',
  ),
  notSupported('3, 3.5.3', 'outcomes of a source limit what its receiver may say.', 'Every outcome is taken from every receiver.'),
  tested(
    '3, 3.5.3',
    'The answer has the filters that are in force.',
    '[3.5.3] filters in force come back, in the words of the receiver; those that nobody knows do not',
  ),
  tested('3, 3.5.8', 'filter chooses messages of a queue.', '[3.5.8] a queue hands each receiver what passes its filter'),
  tested(
    '3, 3.5.8',
    'filter chooses messages of a topic.',
    '[3.5.8] a subscription of a topic gets what passes its filter, and with no-local nothing of its own connection',
  ),
  tested(
    '3, 3.5.8',
    'A filter that is not valid refuses the link.',
    '[3.5.8] a selector that is not valid refuses the link, and makes no address',
  ),
  tested(
    '3, 3.5.5',
    'Terminus durability: a subscription that is kept with its unsettled state.',
    '[3.5.5] a durable subscription is kept over a broken connection and a restart, with durable messages and without others',
  ),
  tested('3, 3.5.6', 'Expiry policy link-detach, with timeout.', '[3.5.6] link-detach with a timeout: gone when it is over'),
  tested('3, 3.5.6', 'Expiry policy session-end.', '[3.5.6] session-end: kept over a detach, and gone with the session'),
  tested(
    '3, 3.5.6',
    'Expiry policy connection-close.',
    '[3.5.6] connection-close: kept over the end of its session, and gone with the connection',
  ),
  tested(
    '3, 3.5.6',
    'Expiry policy never.',
    '[3.5.5] a durable subscription is kept while its link is detached, and gets what was published meanwhile',
  ),
  tested(
    '3, 3.5.7',
    'Distribution mode move takes messages, and copy leaves them.',
    '[3.5.7] distribution-mode copy shows the messages and leaves them',
  ),
  tested(
    '3, 3.5.9',
    'A dynamic source or target gets an address of its own.',
    '[3.5.3] a dynamic source is answered with an address that others can send to',
  ),
  notSupported(
    '3, 3.5.9',
    'supported-dist-modes among the properties of a dynamic node.',
    'It is not said; the distribution mode of each link is answered.',
  ),
  tested(
    '3, 3.5.10',
    'delete-on-close.',
    '[3.5.10] delete-on-close: the address ends with the link that asked for it, and other links hear so',
  ),
  tested('3, 3.5.11', 'delete-on-no-links.', '[3.5.11] delete-on-no-links: the address ends with the last link'),
  tested(
    '3, 3.5.12',
    'delete-on-no-messages: the address ends with its last message.',
    '[3.5.12] delete-on-no-messages: the address ends with its last message, once the link that asked for it is gone',
  ),
  tested('3, 3.5.13', 'delete-on-no-links-or-messages.', '[3.5.13] delete-on-no-links-or-messages: the address ends when it has neither'),
  tested(
    '4, 4.2',
    'A link whose target is a coordinator controls transactions.',
    '[4.2] a link to a coordinator is attached, with what it can do',
  ),
  tested(
    '4, 4.2',
    'A coordinator takes nothing but declare and discharge.',
    '[4.2] a message that is no request is rejected, and the coordinator goes on',
  ),
  tested('4, 4.3', 'declare is answered with declared and an id.', '[4.3] each declare is answered with a transaction id of its own'),
  tested('4, 4.3', 'The end of a controlling link rolls its transactions back.', '[4.3] transactions roll back when the controller'),
  tested(
    '4, 4.3',
    'A request that cannot be done is rejected with an error, or detaches the link whose source takes no rejected.',
    '[4.3] where the source does not take rejected, the link is detached with the error',
  ),
  tested(
    '4, 4.3',
    'A discharge that cannot be committed is a rollback of all of it.',
    '[4.3] the address is gone: the whole transaction rolls back, and the answer says why',
  ),
  tested(
    '4, 4.4.1',
    'A message posted in a transaction is answered with its provisional outcome, and is available after the discharge.',
    '[4.4.1] a message is provisionally accepted, and becomes available with the discharge',
  ),
  tested(
    '4, 4.4.1',
    'A failed discharge drops what was posted.',
    '[4.4.1] messages of a transaction that is discharged as failed are dropped',
  ),
  tested(
    '4, 4.4.1',
    'A discharge in the middle of a message terminates the controlling link.',
    '[4.4.1] a discharge before a message has come to its end detaches the coordinator with amqp:transaction:rollback',
  ),
  tested(
    '4, 4.4.1',
    'Transactions span addresses, links and sessions of a connection.',
    '[4.4.1] one transaction goes over several addresses and sessions of a connection',
  ),
  tested('4, 4.4.2', 'The outcome of a delivery counts with the discharge.', '[4.4.2] a settled outcome counts with the discharge'),
  tested(
    '4, 4.4.2',
    'After the discharge the sender settles what its receiver has not.',
    '[4.4.2] an unsettled outcome counts with the discharge, and the sender settles',
  ),
  tested(
    '4, 4.4.2',
    'After a failed discharge what was settled is delivered again, and what was not stays with its receiver.',
    '[4.4.2] a delivery that was not settled stays with its receiver when the transaction fails',
  ),
  tested(
    '4, 4.4.2',
    'The outcome of a delivery belongs to one transaction at a time.',
    '[4.4.2] the outcome of a delivery in two transactions detaches the coordinator with amqp:transaction:rollback',
  ),
  notSupported(
    '4, 4.4.3',
    'A flow with a txn-id acquires deliveries in a transaction.',
    'The link is detached with amqp:not-implemented (test: credit for acquiring in a transaction is refused with amqp:not-implemented). Receive without a transaction, and give the outcomes in one.',
  ),
  tested('4, 4.5.2', 'declare is not settled by its sender.', '[4.5.2] a declare that is settled detaches the link'),
  notSupported(
    '4, 4.5.2',
    'declare with a global-id joins a distributed transaction.',
    'Transactions are local: it is rejected with amqp:not-implemented (test: a declare with a global id is rejected).',
  ),
  tested(
    '4, 4.5.8',
    'amqp:transaction:unknown-id.',
    '[4.3] a discharge of an unknown transaction is rejected with amqp:transaction:unknown-id',
  ),
  tested(
    '4, 4.5.8',
    'amqp:transaction:timeout: a transaction that holds something was left alone for too long.',
    '[4.5.8] a transaction that was left alone is rolled back: its discharge is rejected with amqp:transaction:timeout',
  ),
  notSupported(
    '4',
    'Messages for direct addresses in a transaction.',
    'Nothing is stored there that could wait for a discharge: such a message is rejected provisionally, and the transaction goes on without it (test: it cannot wait for a discharge).',
  ),
  notSupported(
    '5, 5.2',
    'TLS, negotiated by its protocol header.',
    'There is no TLS in the AMQP listener yet: the header is answered with one that would be taken, and the connection ends.',
  ),
  tested(
    '5, 5.3.1',
    'SASL frames, and no others, until there is an outcome.',
    '[5.3.1] an AMQP frame in place of a SASL frame ends the connection',
  ),
  tested(
    '5, 5.3.2',
    'The server offers mechanisms, the client chooses one, and the outcome is followed by protocol headers anew.',
    '[5.3.2] after the outcome both send the header of AMQP, and open',
  ),
  tested('5, 5.3.2', 'The client may send what follows without waiting.', '[2.4.1] everything up to begin may be sent at once'),
  tested(
    '5, 5.3.3.1',
    'sasl-mechanisms offers what this peer may use.',
    '[5.3.3.1] the server offers ANONYMOUS to this machine, and PLAIN alone once there are users',
  ),
  tested(
    '5, 5.3.3.2',
    'sasl-init with a mechanism that is not offered is refused.',
    'is refused with the code auth, and the connection ends',
  ),
  tested(
    '5, 5.3.3.3',
    'sasl-challenge and sasl-response, as often as the mechanism wants.',
    '[5.3.3.2] without an initial response the server asks for it by an empty challenge',
  ),
  tested(
    '5, 5.3.3.5',
    'The outcome has what the mechanism wants the client to know.',
    'lets the user in, and the outcome has the server’s own proof as additional data',
  ),
  tested('5, 5.3.3.6', 'The outcome ok.', '[5.3.3.6] PLAIN with the right password is ok'),
  tested(
    '5, 5.3.3.6',
    'The outcome auth, for wrong passwords and unknown users alike; the connection ends.',
    'is refused with the code auth, and the connection ends',
  ),
  notSupported('5, 5.3.3.6', 'The outcomes sys, sys-perm and sys-temp.', 'Every failure is auth: a peer is not told more.'),
];
