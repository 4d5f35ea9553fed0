import { on } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The protocol header of AMQP 1.0 without SASL (part 2, section 2.2). */
const HEADER = '414d515000010000';
/** A frame with open and the container id "x" (part 2, section 2.7.1). */
const OPEN = '0000001102000000' + '005310' + 'c00401a10178';
/** How the performative open begins in the server's answer. */
const OPEN_DESCRIPTOR = Buffer.from('005310', 'hex');

/** A peer that opens an AMQP connection, and from then on never answers anything. */
export async function silentPeer(amqp: { readonly host: string; readonly port: number }): Promise<Socket> {
  const socket = connect(amqp.port, amqp.host);
  socket.on('error', () => socket.destroy());
  socket.write(Buffer.from(HEADER + OPEN, 'hex'));
  let received = Buffer.alloc(0);
  for await (const [chunk] of on(socket, 'data') as AsyncIterable<[Buffer]>) {
    received = Buffer.concat([received, chunk]);
    if (received.includes(OPEN_DESCRIPTOR)) break;
  }
  socket.resume();
  return socket;
}
