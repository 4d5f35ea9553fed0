import type { Socket } from 'node:net';
import type { Report } from '@angarium/core';
import { Strangers } from '@angarium/transport';
import type { Configuration } from './configuration.ts';
import { HeadListener } from './head-listener.ts';
import { isLoopback, type ListenAddress, parseListenAddress } from './listen-address.ts';
import { StartError } from './start-error.ts';
import { watchExpiry } from './tls/certificate-expiry.ts';
import type { ServerCertificate } from './tls/certificate-file.ts';
import type { CertificateFiles } from './tls/certificate-files.ts';
import { type HandshakeCounts, Handshakes } from './tls/handshakes.ts';
import { certificateFilesOf, tlsLimitsOf } from './tls/tls-configuration.ts';

/** Every endpoint by the option that says where it listens. Those with TLS say which protocols they agree on in its handshake (RFC 7301). */
export const ENDPOINTS = {
  amqp: { protocol: 'amqp', alpn: undefined },
  amqps: { protocol: 'amqp', alpn: ['amqp'] },
  mqtt: { protocol: 'mqtt', alpn: undefined },
  mqtts: { protocol: 'mqtt', alpn: ['mqtt'] },
  http: { protocol: 'http', alpn: undefined },
  https: { protocol: 'http', alpn: ['h2', 'http/1.1'] },
} as const satisfies Record<string, { protocol: string; alpn: readonly string[] | undefined }>;

export type EndpointName = keyof typeof ENDPOINTS;
export type EndpointUrls = { readonly [name in EndpointName]?: string };
type Protocol = (typeof ENDPOINTS)[EndpointName]['protocol'];

const NAMES = Object.keys(ENDPOINTS) as EndpointName[];

export interface EndpointsOptions {
  readonly configuration: Configuration;
  readonly report: Report;
}

/** Where the server listens, and what TLS needs. Disposed of last: the listeners are closed by who opened them. */
export class Endpoints implements Disposable {
  readonly #options: EndpointsOptions;
  readonly #addresses: ReadonlyMap<EndpointName, ListenAddress>;
  readonly #files: CertificateFiles | undefined;
  readonly #expiry: Disposable | undefined;
  readonly #handshakes = new Map<string, HandshakeCounts>();
  readonly #strangers: Strangers;
  readonly #urls: { [name in EndpointName]?: string } = {};

  /** Finds out what can be refused without listening anywhere. Throws `StartError`. */
  static async prepare(options: EndpointsOptions): Promise<Endpoints> {
    const { configuration, report } = options;
    const addresses = new Map<EndpointName, ListenAddress>();
    for (const name of NAMES) {
      const address = listenAddress(configuration, name);
      if (address !== undefined) addresses.set(name, address);
    }
    const secure = [...addresses.keys()].filter(name => ENDPOINTS[name].alpn !== undefined);
    return new Endpoints(options, addresses, await certificateFilesOf(configuration, secure, report));
  }

  private constructor(options: EndpointsOptions, addresses: ReadonlyMap<EndpointName, ListenAddress>, files: CertificateFiles | undefined) {
    this.#options = options;
    this.#addresses = addresses;
    this.#files = files;
    this.#strangers = new Strangers(tlsLimitsOf(options.configuration).strangersMax);
    this.#expiry = files && watchExpiry(() => files.certificates.contexts.certificates, options.report);
  }

  /** Those that are open, with their real ports. */
  get urls(): EndpointUrls {
    return this.#urls;
  }

  /** In use now, the one for clients that ask for no name first. */
  get certificates(): readonly ServerCertificate[] {
    return this.#files?.certificates.contexts.certificates ?? [];
  }

  /** Every endpoint, and whether it listens. */
  get listening(): ReadonlyMap<EndpointName, boolean> {
    return new Map([...this.#addresses.keys()].map(name => [name, this.#urls[name] !== undefined] as const));
  }

  /** By endpoint, of those with TLS. */
  get handshakes(): ReadonlyMap<string, HandshakeCounts> {
    return this.#handshakes;
  }

  /** Whether the protocol has an endpoint at all. */
  has(protocol: Protocol): boolean {
    return [...this.#addresses.keys()].some(name => ENDPOINTS[name].protocol === protocol);
  }

  /** Whether other machines reach one of them. */
  get reachable(): boolean {
    return [...this.#addresses.values()].some(({ host }) => !isLoopback(host));
  }

  /** Throws where other machines reach one, and there is nothing that would keep strangers out. */
  refuseStrangers(): void {
    for (const [name, { host }] of this.#addresses)
      if (!isLoopback(host))
        throw new StartError(
          'configuration',
          `${name.toUpperCase()} shall listen on ${host}, which other machines reach, but there are no users. Create one: angarium user create NAME ` +
            `--data-dir ${this.#options.configuration.dataDir} (or add users to the configuration file; or let anybody in with --allow-anonymous).`,
        );
  }

  /** Reads certificates again, at once. */
  async reloadCertificates(): Promise<void> {
    await this.#files?.reload();
  }

  /** Listens for a protocol, with TLS and without, as it is configured. Answers how that ends: connections that exist stay. */
  async open(protocol: Protocol, accept: (socket: Socket) => void): Promise<() => void> {
    using opened = new DisposableStack();
    for (const [name, address] of this.#addresses) {
      if (ENDPOINTS[name].protocol !== protocol) continue;
      const listener = opened.use(await this.#listen(name, address, accept));
      this.#urls[name] = listener.url;
      this.#warn(name, address, listener.url);
    }
    const closing = opened.move();
    return () => closing.dispose();
  }

  async #listen(name: EndpointName, address: ListenAddress, accept: (socket: Socket) => void): Promise<HeadListener> {
    const { configuration, report } = this.#options;
    const { protocol, alpn } = ENDPOINTS[name];
    const connectionsMax = protocol === 'http' ? 'httpConnectionsMax' : 'connectionsMax';
    const options = {
      endpoint: name,
      address,
      connectionsMax: configuration[connectionsMax],
      connectionsMaxOption: connectionsMax,
      // A client may end its side once it has asked, and read the answer then.
      allowHalfOpen: protocol === 'http',
      report,
    };
    if (alpn === undefined) return await HeadListener.open({ ...options, accept });
    const handshakes = new Handshakes({
      endpoint: name,
      alpn,
      certificates: this.#files!.certificates,
      strangers: this.#strangers,
      timeoutMs: tlsLimitsOf(configuration).handshakeTimeoutMs,
      allowHalfOpen: options.allowHalfOpen,
      report,
      accept,
    });
    this.#handshakes.set(name, handshakes.counts);
    const listener = await HeadListener.open({ ...options, accept: socket => handshakes.begin(socket) });
    listener.onClose = () => handshakes.stop();
    return listener;
  }

  #warn(name: EndpointName, address: ListenAddress, url: string): void {
    if (ENDPOINTS[name].alpn === undefined && !isLoopback(address.host))
      this.#options.report({
        level: 'warn',
        what: `other machines reach this server: messages and passwords travel unencrypted (${name}s encrypts them)`,
        endpoint: url,
      });
  }

  [Symbol.dispose](): void {
    this.#expiry?.[Symbol.dispose]();
    this.#files?.[Symbol.dispose]();
  }
}

function listenAddress(configuration: Configuration, option: EndpointName): ListenAddress | undefined {
  try {
    return parseListenAddress(configuration[option]);
  } catch (error) {
    throw new StartError('configuration', `${option}: ${(error as Error).message}`, error);
  }
}
