import { ByteWriter, type Performative, writeFrame } from '@angarium/codec-amqp';
import { type Attack, type Field, HOSTILE_MULTICAST, HOSTILE_QUEUE, whileItGoesOn } from '../attack.ts';
import { creditFlow, type RawPeer, receiverAttach, senderAttach } from '../raw-peer.ts';

const BATCH = 256;

/** Sends `count` frames that `make` gives, in batches. */
async function flood(peer: RawPeer, count: number, make: (index: number) => Performative, channel = 0): Promise<void> {
  const writer = new ByteWriter(65_536);
  for (let index = 0; index < count && !peer.closed; index++) {
    writeFrame(writer, channel, make(index));
    if ((index + 1) % BATCH === 0 || index + 1 === count) {
      await peer.send(writer.bytes.slice(0, writer.length));
      writer.length = 0;
    }
  }
}

function attaches(field: Field): number {
  return field.long ? 1_000_000 : 40_000;
}

/** Attached and detached again and again: the address and the names are the same ones each time. */
async function storm(field: Field, peers: number, address: (index: number) => string, capability?: string): Promise<void> {
  const each = Math.ceil(attaches(field) / peers);
  await Promise.all(
    Array.from({ length: peers }, async () => {
      const peer = await field.connect();
      await peer.open();
      await flood(peer, each * 2, index => {
        const link = index >> 1;
        if (index % 2 === 1) return { kind: 'detach', handle: link & 0xff, closed: true };
        const make = link % 2 === 0 ? senderAttach : receiverAttach;
        return make(address(link), link & 0xff, `link-${link & 0xff}`, capability);
      });
      await peer.until(() => peer.count('detach') >= each, `${each} detaches`, 240_000);
      if (peer.closed) throw new Error(`the connection was closed: ${peer.closeCondition}`);
    }),
  );
  field.note(`${each * peers} attaches`);
}

export const attachStorm: Attack = {
  name: 'attach-storm',
  does: 'links to one address that come and go without pause, on one connection',
  run: field => storm(field, 1, () => HOSTILE_QUEUE),
};

export const attachStormMany: Attack = {
  name: 'attach-storm-many',
  does: 'links to one address that come and go without pause, on fifty connections',
  run: field => storm(field, 50, () => HOSTILE_QUEUE),
};

export const attachEverywhere: Attack = {
  name: 'attach-everywhere',
  does: 'links to an address of their own each, which are made and end with them',
  run: field => storm(field, 4, link => `fleeting-${link}`, 'anycast'),
};

export const attachBeyond: Attack = {
  name: 'attach-beyond',
  does: 'links to more queues than there may be addresses: those beyond are refused, those there before go on',
  async run(field) {
    const { addressesMax } = field.limits;
    const wanted = addressesMax + (field.long ? 500_000 : 20_000);
    const peer = await field.connect();
    await peer.open();
    await flood(peer, wanted * 2, index => {
      const link = index >> 1;
      if (index % 2 === 1) return { kind: 'detach', handle: link & 0xff, closed: true };
      return senderAttach(`kept-${link}`, link & 0xff, `link-${link & 0xff}`);
    });
    await peer.until(() => peer.count('attach') >= wanted, `${wanted} answers`, 240_000);
    const refused = peer.conditions.filter(condition => condition === 'amqp:resource-limit-exceeded').length;
    if (refused === 0) throw new Error(`no link was refused: ${peer.conditions.slice(0, 3)}`);
    field.mustBeNamed(peer);
    field.note(`${wanted} attaches, more than ${addressesMax} addresses`);
  },
};

export const mostHandles: Attack = {
  name: 'most-handles',
  does: 'handles up to the highest and beyond, and more links than a connection may have',
  async run(field) {
    const { linksPerConnectionMax } = field.limits;
    const peer = await field.connect();
    await peer.open({ sessions: 2 });
    await peer.say([senderAttach(HOSTILE_QUEUE, 0xffff, 'highest'), receiverAttach(HOSTILE_QUEUE, 0xfffe, 'next to it')]);
    const links = linksPerConnectionMax + 100;
    await flood(peer, links, index => receiverAttach(HOSTILE_MULTICAST, index, `many-${index}`), 1);
    const refused = (): number => peer.conditions.filter(condition => condition === 'amqp:resource-limit-exceeded').length;
    await peer.until(() => peer.count('attach') === links + 2 && refused() >= 102, '102 links to be refused', 60_000);
    if (refused() > 102) throw new Error(`${refused()} links were refused where 102 were too many`);
    // Each of them is held up and let go by the window of the session, which this flaps.
    const flows = await whileItGoesOn(field, () =>
      flood(peer, 2000, index => ({ ...creditFlow(index % 8000, 1 + (index % 2)), incomingWindow: index % 2 }) as Performative, 1),
    );
    field.note(`${flows * 2000} flows`);
    await peer.say(senderAttach(HOSTILE_QUEUE, 0x1_0000, 'too high'));
    await peer.until(() => peer.closeCondition === 'amqp:connection:framing-error', 'handle 65536 to be refused', 30_000);
    field.mustBeNamed(peer);
  },
};

export const subscriptions: Attack = {
  name: 'subscriptions',
  does: 'subscriptions of a topic that are to outlive their links, one after the other, and links that ask for ones that are not there',
  async run(field) {
    const peer = await field.connect();
    await peer.open();
    const wanted = field.long ? 20_000 : 1000;
    await flood(peer, wanted * 2, index => {
      const link = index >> 1;
      if (index % 2 === 1) return { kind: 'detach', handle: link & 0xff };
      const source = { address: 'hostile-topic', capabilities: ['topic'], expiryPolicy: 'connection-close', durable: 1 as const };
      return { kind: 'attach', name: `subscription-${link}`, handle: link & 0xff, role: 'receiver', source, target: { kind: 'target' } };
    });
    await peer.until(() => peer.count('detach') >= wanted, `${wanted} detaches`, 60_000);
    const answered = peer.count('detach');
    const asked = field.long ? 50_000 : 2000;
    await flood(peer, asked * 2, index => {
      if (index % 2 === 1) return { kind: 'detach', handle: 0 };
      return { kind: 'attach', name: `unknown-${index}`, handle: 0, role: 'receiver', target: { kind: 'target' } };
    });
    await peer.until(() => peer.count('detach') >= answered + asked, `${asked} refusals`, 60_000);
    field.note(`${wanted} subscriptions, ${asked} that there are not`);
  },
};
