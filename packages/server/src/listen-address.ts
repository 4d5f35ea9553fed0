import { isIP } from 'node:net';

/** Where a listener listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;
const DEFAULT_HOST = '127.0.0.1';

/** Reads `[HOST:]PORT`, `[v6]:PORT` or `off`. `undefined` stands for off; a text that is none of these throws a `RangeError`. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text === 'off') return undefined;
  const colon = text.lastIndexOf(':');
  const host = colon === -1 ? DEFAULT_HOST : text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (host === '' || !/^\d+$/.test(digits) || port > PORT_MAX)
    throw new RangeError(`"${text}" is not [HOST:]PORT with a port up to ${PORT_MAX}, nor off`);
  return { host, port };
}

/** Whether only programs of this machine reach it: the loopback addresses of IPv4, IPv6 and IPv4 in IPv6, and `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  const v4 = host.startsWith('::ffff:') ? host.slice('::ffff:'.length) : host;
  return isIP(v4) === 4 && v4.startsWith('127.');
}

/** `scheme://host:port`, with the brackets that IPv6 needs. A listener on all interfaces is named by its loopback address, which can be connected to. */
export function endpointUrl(scheme: string, host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${scheme}://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`;
}
