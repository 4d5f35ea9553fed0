import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient, type Packet } from 'mqtt';

export type MqttVersion = 4 | 5;

export interface MqttTarget {
  readonly mqtt: { readonly host: string; readonly port: number };
}

/** A client of the npm package mqtt that does not come back by itself, and ends with its block. */
export interface MqttPeer extends AsyncDisposable {
  readonly client: MqttClient;
  /** The reason code that the server's PUBACK had; one publish at a time. */
  publish(topic: string, payload: string | Buffer, properties?: IPublishPacket['properties']): Promise<number>;
  /** The reason code that the server's SUBACK had. */
  subscribe(filter: string): Promise<number>;
}

export async function mqttPeer(target: MqttTarget, protocolVersion: MqttVersion, options: IClientOptions = {}): Promise<MqttPeer> {
  const { host, port } = target.mqtt;
  const client = await mqtt.connectAsync({ host, port, protocolVersion, reconnectPeriod: 0, ...options });
  // What the connection ends with is heard as `disconnect` and `close`.
  client.on('error', () => {});
  /** The next packet of a kind; what the client calls back with has no reason code unless that is an error. */
  const next = <Command extends Packet['cmd']>(command: Command): Promise<Packet & { cmd: Command }> =>
    new Promise(resolve => {
      const hear = (packet: Packet): void => {
        if (packet.cmd !== command) return;
        client.off('packetreceive', hear);
        resolve(packet as Packet & { cmd: Command });
      };
      client.on('packetreceive', hear);
    });
  return {
    client,
    async publish(topic, payload, properties) {
      const answer = next('puback');
      client.publish(topic, payload, { qos: 1, ...(properties && { properties }) }, () => {});
      return (await answer).reasonCode ?? 0;
    },
    async subscribe(filter) {
      const answer = next('suback');
      client.subscribe(filter, { qos: 1 }, () => {});
      return Number((await answer).granted[0]);
    },
    [Symbol.asyncDispose]: async () => {
      await client.endAsync(true);
    },
  };
}
