/** A receiver of ours: its credit, and the range of deliveries that it has not settled yet. */
export class IncomingLink {
  readonly address: string;
  readonly handle: number;
  readonly name: string;
  remoteHandle = -1;
  /** The server's delivery-count as far as we know it (AMQP 1.0 part 2, section 2.6.7). */
  deliveryCount = 0;
  creditLeft = 0;
  /** Frames of a delivery came, and its last one did not yet. */
  partial = false;
  /** Of the delivery that is coming in: only its first frame need say them. */
  deliveryId = 0;
  settled = false;

  constructor(address: string, handle: number, name: string) {
    this.address = address;
    this.handle = handle;
    this.name = name;
  }
}
