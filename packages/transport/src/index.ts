export { appendBytes } from './append-bytes.ts';
export { closest } from './closest.ts';
export { connectionClosed, connectionOpened } from './connection-life.ts';
export { ConnectionOutput, type Writer } from './connection-output.ts';
export type { ConnectionStatus, ListedConnection } from './listed-connection.ts';
export type { LinkPeer, ListedLink } from './listed-link.ts';
export {
  type Access,
  type Denial,
  type Exchange,
  type ExchangeReply,
  isScram,
  type Mechanism,
  type Origin,
  type Peer,
  type PeerCertificate,
  type PlainMechanism,
  peerOf,
  type ScramMechanism,
} from './peer.ts';
export { ReadGate } from './read-gate.ts';
export { ReportBudget } from './report-budget.ts';
export { saslPrepared } from './sasl-prep.ts';
export { type ScramAnswer, ScramClient } from './scram-client.ts';
export { SLAB_BYTES, SlabPool } from './slab-pool.ts';
export { type CuttableConnection, Strangers } from './strangers.ts';
