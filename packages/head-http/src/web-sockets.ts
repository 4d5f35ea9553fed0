import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Report } from '@angarium/core';
import { connectionClosed, connectionOpened } from '@angarium/transport';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { JsonSocket, type JsonSocketParts } from './json-socket.ts';
import type { HttpLimits } from './limits.ts';
import { closingFields, type HttpProblem, messageProblem, rawProblem } from './problem.ts';

/** How long a peer has to answer a close, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

/** Protocols that go through a WebSocket as they are; each has a path of its name. */
export const TUNNELLED = ['amqp', 'mqtt'] as const;
export type Tunnelled = (typeof TUNNELLED)[number];
/** Takes the bytes of such a protocol; the request says who the peer is. */
export type TunnelTaker = (stream: Duplex, request: IncomingMessage) => void;

/** RFC 6455 with the subprotocols that are spoken here; messages are not compressed, for that costs more memory than it saves. */
export class WebSockets {
  readonly #limits: HttpLimits;
  readonly #report: Report;
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocket>();
  readonly #json = new Set<JsonSocket>();

  constructor(limits: HttpLimits, report: Report) {
    this.#limits = limits;
    this.#report = report;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.webSocketFrameBytesMax,
      handleProtocols: offered => TUNNELLED.find(protocol => offered.has(protocol)) ?? false,
    });
  }

  /**
   * Another protocol's bytes over WebSocket, with its name as subprotocol: binary messages whose borders mean nothing (OASIS AMQP WebSocket
   * binding 1.0; MQTT 5.0, section 6).
   */
  openTunnel(protocol: Tunnelled, request: IncomingMessage, socket: Duplex, head: Buffer, take: TunnelTaker): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim());
    if (!offered.includes(protocol))
      return refuseUpgrade(socket, messageProblem('request-invalid', `This WebSocket speaks the subprotocol ${protocol}: ask for it.`));
    this.#upgrade(request, socket, head, webSocket => {
      const stream = createWebSocketStream(webSocket, { readableObjectMode: false });
      // [MQTT-6.0.0-1], and AMQP WebSocket binding, section 2.4: text is none of the protocol's bytes, and ends the connection.
      webSocket.prependListener('message', (_data, isBinary) => {
        if (!isBinary) stream.destroy();
      });
      take(stream, request);
    });
  }

  /** Messages as JSON, in text frames; docs/websocket-json.md. */
  openJson(request: IncomingMessage, socket: Duplex, head: Buffer, parts: JsonSocketParts): void {
    this.#upgrade(request, socket, head, webSocket => {
      const json = new JsonSocket(webSocket, parts);
      this.#json.add(json);
      this.#report(connectionOpened(json));
      webSocket.once('close', () => {
        this.#json.delete(json);
        this.#report(connectionClosed(json, parts.turn.nowMs));
      });
    });
  }

  /** Those with messages as JSON; the others are their protocol's. */
  get connections(): Iterable<JsonSocket> {
    return this.#json;
  }

  get size(): number {
    return this.#json.size;
  }

  tick(nowMs: number): void {
    for (const json of this.#json) json.tick(nowMs);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, use: (webSocket: WebSocket) => void): void {
    const { webSocketsMax } = this.#limits;
    if (this.#open.size >= webSocketsMax)
      return refuseUpgrade(socket, messageProblem('limit-reached', `There are ${webSocketsMax} WebSockets already (webSocketsMax).`));
    this.#server.handleUpgrade(request, socket, head, webSocket => {
      this.#open.add(webSocket);
      webSocket.once('close', () => this.#open.delete(webSocket));
      use(webSocket);
    });
  }

  /** Tells every peer that the server goes away; those with a protocol of their own hear it from that. A peer that does not answer is cut off. */
  stop(): void {
    for (const webSocket of this.#open) {
      if (TUNNELLED.includes(webSocket.protocol as Tunnelled)) continue;
      webSocket.close(1001, 'the server is stopping');
      setTimeout(() => webSocket.terminate(), CLOSE_TIMEOUT_MS).unref();
    }
    for (const json of [...this.#json]) json.stop();
  }
}

/** Answers a request to upgrade as HTTP does, and ends the connection. */
export function refuseUpgrade(socket: Duplex, problem: HttpProblem): void {
  socket.end(rawProblem(problem, closingFields(socket)), 'latin1');
}
