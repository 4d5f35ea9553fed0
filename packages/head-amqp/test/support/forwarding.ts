import assert from 'node:assert/strict';
import type { AddressSpace } from '@angarium/core';
import type { ConnectorSpec, ConnectorStatus, ForwarderSpec, ForwarderStatus } from '@angarium/head-amqp';
import type { ServerOptions } from '@angarium/server';
import { type LogLine, LogLines, startTestServer, type TestServer } from '@angarium/testkit';

/** Short delays, so that a test does not wait; and no chance in them. */
export const QUICK = { initialMs: 20, maxMs: 200, multiplier: 2, jitter: 0 } as const;

/** A server with connectors and forwarders of a test. */
export class Forwarding implements AsyncDisposable {
  readonly server: TestServer;
  readonly log: LogLines;

  private constructor(server: TestServer, log: LogLines) {
    this.server = server;
    this.log = log;
  }

  static async start(options: ServerOptions = {}): Promise<Forwarding> {
    const log = new LogLines();
    return new Forwarding(await startTestServer({ logger: log.logger, ...options }), log);
  }

  get space(): AddressSpace {
    return this.server.broker.space(undefined);
  }

  async declare(name: string, spec: Parameters<AddressSpace['declare']>[1]): Promise<void> {
    await new Promise(resolve => this.space.declare(name, spec, resolve));
  }

  /** Makes a connector, and answers the first line for which `holds`: by default the one that it works. */
  async connect(name: string, spec: ConnectorSpec, holds: (line: LogLine) => boolean = works): Promise<LogLine> {
    const from = this.log.lines.length;
    assert.equal(this.server.connectors.connectors.put(this.space, name, { backoff: QUICK, ...spec }), undefined);
    return await this.log.find(line => line.connector === name && line.msg.startsWith('connector') && holds(line), from);
  }

  /** Makes a forwarder, and answers the first line for which `holds`: by default the one that it works. */
  async forward(name: string, spec: ForwarderSpec, holds: (line: LogLine) => boolean = works): Promise<LogLine> {
    const from = this.log.lines.length;
    assert.equal(this.server.connectors.forwarders.put(this.space, name, spec), undefined);
    return await this.forwarderSays(name, holds, from);
  }

  async forwarderSays(name: string, holds: (line: LogLine) => boolean, from = this.log.lines.length): Promise<LogLine> {
    return await this.log.find(line => line.forwarder === name && holds(line), from);
  }

  connector(name: string): ConnectorStatus {
    const status = this.server.connectors.connectors.status(this.space, name);
    assert.ok(status, `there is a connector ${name}`);
    return status;
  }

  forwarder(name: string): ForwarderStatus {
    const status = this.server.connectors.forwarders.status(this.space, name);
    assert.ok(status, `there is a forwarder ${name}`);
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

export function works({ msg }: LogLine): boolean {
  return msg.endsWith(' works');
}

export function fails({ msg }: LogLine): boolean {
  return msg.includes(' fails');
}
