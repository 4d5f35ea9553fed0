// Books each transfer of a queue once, whenever this program or its connection dies: what is booked stands in a file with the message's id, and
// stays there until the server has said that it will not send the message again.
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import rhea, { type EventContext, type Message } from 'rhea';

const fails = process.argv.includes('--fail');
const url = process.argv.slice(2).find(argument => argument.startsWith('amqp://')) ?? 'amqp://127.0.0.1:5672';
const LEDGER = 'ledger.json';

interface Ledger {
  /** In the order of booking. */
  readonly booked: string[];
  /** Ids of messages that are booked, and that the server may send again. */
  open: string[];
}

const ledger: Ledger = existsSync(LEDGER) ? (JSON.parse(readFileSync(LEDGER, 'utf8')) as Ledger) : { booked: [], open: [] };
const keep = (): void => writeFileSync(LEDGER, JSON.stringify(ledger), { flush: true });

function book({ message_id: id, body }: Message): void {
  if (ledger.open.includes(String(id))) {
    console.log(`${id}: is booked already`);
    return;
  }
  ledger.booked.push(String(body));
  // In one write: a transfer is booked with its id, or not at all.
  ledger.open.push(String(id));
  keep();
  console.log(`${id}: ${body}`);
}

const { hostname: host, port } = new URL(url);
const connection = rhea.create_container().connect({ host, port: Number(port), username: 'anonymous', reconnect: false });
// Settle mode second: first we say accepted, then the server settles when that is on its disk, and then we forget.
const receiver = connection.open_receiver({
  source: 'transfers',
  rcv_settle_mode: 1,
  autoaccept: false,
  autosettle: false,
  credit_window: 0,
});
const underWay = new Map<unknown, string>();

receiver.on('message', ({ message, delivery }: EventContext) => {
  book(message!);
  if (fails) process.exit(1);
  underWay.set(delivery, String(message!.message_id));
  delivery!.accept();
});
receiver.on('settled', ({ delivery }: EventContext) => {
  delivery!.update(true);
  const id = underWay.get(delivery);
  ledger.open = ledger.open.filter(open => open !== id);
  keep();
  underWay.delete(delivery);
  if (underWay.size === 0) connection.close();
});

await once(receiver, 'receiver_open');
receiver.drain = true;
receiver.add_credit(100);
await once(receiver, 'receiver_drained');
if (underWay.size === 0) connection.close();
