import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Networks that are nobody's in the open Internet: this machine, private and link-local ones (clouds keep their credentials at 169.254.169.254), shared
 * ones of carriers, multicast, and those that carry IPv4 in IPv6 and so lead back here (RFC 6890 and its registries).
 */
const NETWORKS: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const blocked = new BlockList();
for (const [network, prefix] of NETWORKS) blocked.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6');

/** Whether this IP address is one that a webhook may not lead to. What is no IP address is. */
export function isPrivate(address: string): boolean {
  const family = isIP(address);
  // An address with a zone (fe80::1%eth0) is of a link.
  return family === 0 || address.includes('%') || blocked.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

export class PrivateTarget extends Error {
  constructor(host: string) {
    super(`${host} is an address of a private network (webhookAllowPrivate)`);
  }
}

/**
 * Resolves a name for the very connection that is about to be made, so that a name which leads elsewhere the next time it is asked for ("rebinding") gains
 * nothing. One private address among several refuses them all.
 */
export const publicLookup: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '', 0);
    const refused = addresses.find(({ address }) => isPrivate(address));
    if (refused) return done(new PrivateTarget(`${host} (${refused.address})`), '', 0);
    if (options.all) return done(null, addresses);
    done(null, addresses[0]!.address, addresses[0]!.family);
  });
};
