import { type ConformanceRow, tested } from './row.ts';

/** Part 1, and part 2 up to section 2.5: types, protocol headers, frames, connections, sessions. */
export const CONNECTION_ROWS: readonly ConformanceRow[] = [
  tested(
    '1, 1.2',
    'A described type has its descriptor before its value.',
    '[1, 1.2 figure 1.3] a described string has its descriptor before it',
  ),
  tested(
    '1, 1.3',
    'Composite types are described lists, and arrays have one constructor for all elements.',
    '[1, 1.5] the array of described lists, the composite types’ example, decodes',
  ),
  tested('1, 1.6', 'Every primitive type is taken in all of its encodings.', 'decode alike, and the last is written'),
  tested(
    '1, 1.6',
    'What comes in any type goes out unchanged, in all sections, over all types of address.',
    'gets values of all AMQP types, and all sections, unchanged through all four types of address',
  ),
  tested(
    '2, 2.2',
    'Both peers begin with a protocol header; AMQP 1.0.0 is answered with the same.',
    '[2.2] the header of AMQP 1.0.0 is answered with the same',
  ),
  tested(
    '2, 2.2',
    'Another version is answered with one that is supported, and the connection ends.',
    'is answered with a header that would be taken, and the connection ends',
  ),
  tested(
    '2, 2.2',
    'What is not AMQP is answered with a supported header, and the connection ends.',
    '[2.2] what is not AMQP at all is answered with a header that would be taken, and the connection ends',
  ),
  tested(
    '2, 2.2',
    'Where security is demanded, the header of that layer answers.',
    '[2.2] AMQP without SASL, where it is demanded, is answered with the header of SASL, and the connection ends',
  ),
  tested('2, 2.3', 'Frames are found wherever the stream is cut.', '[2.3] the stream may be cut anywhere: byte by byte'),
  tested(
    '2, 2.3.1',
    'A frame smaller than its header, or a data offset that does not fit it, is a framing error.',
    'a data offset beyond the frame',
  ),
  tested('2, 2.3.1', 'An extended header is passed over.', '[2.3.1] an extended header is passed over'),
  tested('2, 2.3.1', 'A frame that cannot be decoded closes the connection.', 'a body that is cut'),
  tested('2, 2.4.1', 'The first frame on a connection is open.', '[2.4.1] the first frame has to be open'),
  tested('2, 2.4.1', 'A connection is opened once.', '[2.4.1] a second open closes the connection'),
  tested(
    '2, 2.4.1',
    'A peer may send what follows open before it has seen the other’s (pipelined open).',
    '[2.4.1] header, open, begin, attach and transfer may be sent before anything was answered',
  ),
  tested('2, 2.4.3', 'Close is answered with close.', '[2.4.3] close is answered with close, and the connection ends'),
  tested('2, 2.4.3', 'Close may carry an error, and ends all sessions.', '[2.4.3] a close with an error is answered like any other'),
  tested(
    '2, 2.4.3',
    'A peer that does not answer a close is not waited for without end.',
    '[2.4.3] a peer that does not answer a close is cut off after a limit',
  ),
  tested(
    '2, 2.4.4',
    'A broken connection is closed for both, and what it had comes back.',
    '[2.4.4] a socket that closes without close releases what it had',
  ),
  tested(
    '2, 2.4.5',
    'A peer that is silent beyond the announced idle time-out is closed with an error.',
    '[2.4.5] a peer that is silent for too long is closed with amqp:resource-limit-exceeded',
  ),
  tested('2, 2.4.5', 'Empty frames keep a connection from idling out.', '[2.4.5] a peer that sends empty frames is not'),
  tested(
    '2, 2.4.5',
    'The announced time-out is half of the actual one.',
    '[2.4.5] the server announces half of the time after which it closes',
  ),
  tested('2, 2.4.5', 'A peer gets frames at least as often as its idle-time-out says.', '[2.4.5] a peer that wants a frame every'),
  tested(
    '2, 2.4.5',
    'An idle-time-out that cannot be kept is refused with an error.',
    '[2.4.5] an idle-time-out that the server cannot keep is refused with an error',
  ),
  tested('2, 2.4.6', 'Open and close may be sent together (pipelined close).', '[2.4.6] open and close may be sent together'),
  tested(
    '2, 2.5.1',
    'Begin is answered with the remote channel; sessions are independent of each other.',
    '[2.5.1] a connection has as many sessions as it begins, each with its own handles and ids',
  ),
  tested('2, 2.5.1', 'A channel has one session at a time.', '[2.5.1] a channel that has a session cannot begin another'),
  tested(
    '2, 2.5.2',
    'A frame on a channel without a session closes the connection.',
    '[2.5.2] a frame on a channel without a session closes the connection',
  ),
  tested(
    '2, 2.5.3',
    'End is answered with end, and frees the channel.',
    '[2.5.3] end is answered with end, and the channel can begin again',
  ),
  tested(
    '2, 2.5.4',
    'After an end with an error, frames are passed over until the peer has ended.',
    '[2.5.4] after an error end what was on its way is passed over until the peer has ended too, and the channel can begin again',
  ),
  tested(
    '2, 2.5.6',
    'Transfers beyond the incoming window end the session with window-violation.',
    '[2.5.6] more transfers than the incoming window end the session with amqp:session:window-violation',
  ),
  tested('2, 2.5.6', 'The window opens again before a sender has to wait.', '[2.5.6] the window opens by itself before it is used up'),
  tested(
    '2, 2.5.6',
    'The peer’s incoming window is never exceeded.',
    '[2.5.6] the peer’s incoming window is honoured exactly, in the middle of a message',
  ),
  tested(
    '2, 2.5.6',
    'The remote window counts from the peer’s next-incoming-id.',
    '[2.5.6] a flow that was sent before the peer saw what is on its way counts from its next-incoming-id',
  ),
  tested('2, 2.5.6', 'Transfer ids are serial numbers that wrap around.', '[2.5.6] next-incoming-id wraps around at 2^32'),
  tested(
    '2, 2.5.6',
    'A flow that asks for an echo is answered with the session’s state.',
    '[2.5.6] a flow that asks for an echo gets one with the server’s state',
  ),
];
