import type { Principal } from '@angarium/core';

/** Where a connection comes from. */
export interface Peer {
  /** Host and port, as in `127.0.0.1:53211`. */
  readonly address: string;
  readonly loopback: boolean;
  /** Of a WebSocket of somebody who is signed in there: who does not say who he is, is this one. */
  readonly principal?: Principal;
  /** Of a connection over TLS. */
  readonly tls?: {
    /** The server's name that the client asked for (RFC 6066, section 3), in lower case. */
    readonly serverName?: string;
    /** The client's certificate, only when it was verified against authorities for clients. */
    readonly certificate?: PeerCertificate;
  };
}

/** A client's certificate that was verified (RFC 5280). */
export interface PeerCertificate {
  /** The distinguished name as RFC 4514 writes it, as in `CN=ada,O=Acme`. */
  readonly subject: string;
  /** The CN of the subject, when there is exactly one. */
  readonly commonName?: string;
  /** Its further names: host names, mail addresses and URIs. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly expiresMs: number;
}

/** Who asks to be let in, before he has said who he is. */
export interface Origin {
  readonly peer: Peer;
  /** Whom the client believes to talk to, where its protocol says so besides TLS: AMQP's `hostname` of `sasl-init`; over HTTP the path's space. */
  readonly hostname?: string;
}

/** Mechanisms of one message, which has all there is to say. */
export type PlainMechanism = 'ANONYMOUS' | 'PLAIN' | 'EXTERNAL' | 'OAUTHBEARER' | 'XOAUTH2';
/** Mechanisms of several messages, none of which has the password (RFC 5802, RFC 7677). */
export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
export type Mechanism = PlainMechanism | ScramMechanism;

export function isScram(mechanism: Mechanism): mechanism is ScramMechanism {
  return mechanism.startsWith('SCRAM-');
}

/** What the server has to say to a message of the client (RFC 4422, section 3). */
export type ExchangeReply =
  /** The client shall answer this: SASL's challenge, MQTT's AUTH with reason code 0x18. */
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  /** It is over, and the client is who it says. `data` lets the client check the server: SASL's additional data, CONNACK's authentication data. */
  | { readonly kind: 'success'; readonly principal: Principal; readonly data?: Uint8Array }
  | Denial;

/** It is over, and the client is told no more than that. `why` is for the log: never the password's, nor a key's bytes. */
export interface Denial {
  readonly kind: 'failure';
  readonly why: string;
  /** It may be right, but cannot be checked now: too many others wait, or who knows it does not answer. */
  readonly temporary?: boolean;
}

/** One authentication of one client. It is used once: after success or failure every further message fails. */
export interface Exchange {
  /**
   * Takes the client's next message, the initial response first (an empty one where there is none); `reply` is called once, at once or later.
   */
  step(message: Uint8Array, reply: (reply: ExchangeReply) => void): void;
}

/** Whom the head asks about identities. */
export interface Access {
  /** Mechanisms offered to this peer, strongest first. */
  mechanisms(peer: Peer): readonly Mechanism[];
  /** Begins an authentication by a mechanism that is offered to this peer. */
  begin(mechanism: Mechanism, origin: Origin): Exchange;
  /** Who has this name and password, for protocols that have no mechanisms. `done` is called once, at once or later. */
  password(
    credentials: { readonly user: string; readonly password: string },
    origin: Origin,
    done: (answer: Principal | Denial) => void,
  ): void;
  /** The address space that a connection names by the host that it calls; undefined: that of whoever it turns out to be. */
  space(origin: Origin): string | undefined;
  /** Who says nothing of himself: whom his certificate names, or somebody anonymous where that is allowed. */
  nameless(origin: Origin): Principal | Denial;
}

/** Normalizes what Node says of a socket. */
export function peerOf(address: string | undefined, port: number | undefined): Peer {
  const host = (address ?? 'unknown').replace(/^::ffff:/, '');
  const loopback = host === '::1' || host.startsWith('127.');
  return { address: `${host.includes(':') ? `[${host}]` : host}:${port ?? 0}`, loopback };
}
