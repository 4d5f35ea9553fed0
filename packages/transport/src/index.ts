export { appendBytes } from './append-bytes.ts';
export { ConnectionOutput, type Writer } from './connection-output.ts';
export { type Access, type Identity, type Mechanism, type Peer, peerOf } from './peer.ts';
export { ReportBudget } from './report-budget.ts';
export { SLAB_BYTES, SlabPool } from './slab-pool.ts';
