import type { AddressType } from './address-types.ts';
import { shellWord } from './command-line.ts';

/** Where clients connect, by the name of the endpoint (`amqp`, `amqps`, `mqtt` …). */
export type EndpointUrls = Readonly<Record<string, string>>;

/** Who connects, to what. */
export interface SnippetPlace {
  readonly endpoints: EndpointUrls;
  readonly space: string;
  readonly address: string;
  readonly type: AddressType;
  /** As clients say it, with its space where that is needed (`ada@team-a`); '': nobody has to say who he is. */
  readonly user: string;
}

/** A program that sends a message to the address, receives it, prints it and ends. */
export interface Snippet {
  readonly id: 'rhea' | 'mqtt' | 'proton' | 'jms' | 'curl';
  readonly title: string;
  readonly protocol: string;
  /** What it is saved as. */
  readonly file: string;
  readonly text: string;
  /** Commands that install what it needs, and run it. */
  readonly run: readonly string[];
}

/** The variable from which every snippet takes the password: it is in no file. */
export const PASSWORD_VARIABLE = 'ANGARIUM_PASSWORD';

/** How long a snippet waits for its message. */
const WAIT_SECONDS = 10;
export const JMS_VERSION = '2.10.0';

/** Snippets for the protocols that the server speaks. */
export function snippets(place: SnippetPlace): readonly Snippet[] {
  const { endpoints } = place;
  const amqp = endpoints.amqps ?? endpoints.amqp;
  const mqtt = endpoints.mqtts ?? endpoints.mqtt;
  const http = endpoints.https ?? endpoints.http;
  return [
    ...(amqp ? [rhea(place, new URL(amqp)), proton(place, amqp), ...jms(place, amqp)] : []),
    ...(mqtt ? [mqttJs(place, mqtt)] : []),
    ...(http ? [curl(place, http)] : []),
  ];
}

/** A text in a program of JavaScript, Java or Python: JSON's escapes are known to all of them. */
const text = (value: string): string => `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
const javaText = (value: string): string => JSON.stringify(value);

/** Where messages are stored: those that are not said to be durable are kept in memory alone there. */
const STORES: ReadonlySet<AddressType> = new Set(['queue', 'topic', 'stream']);

function rhea({ address, type, user }: SnippetPlace, { protocol, hostname, port }: URL): Snippet {
  const secure = protocol === 'amqps:';
  const options = [
    `host: ${text(hostname.replace(/^\[(.*)\]$/, '$1'))}`,
    `port: ${port || (secure ? 5671 : 5672)}`,
    ...(secure ? ["transport: 'tls'"] : []),
    ...(user ? [`username: ${text(user)}`, `password: process.env.${PASSWORD_VARIABLE}`] : []),
  ];
  return {
    id: 'rhea',
    title: 'JavaScript (rhea)',
    protocol: 'AMQP 1.0',
    file: 'hello.mjs',
    text: `import rhea from 'rhea';

const address = ${text(address)};
const connection = rhea.connect({
${options.map(option => `  ${option},`).join('\n')}
});

// The consumer is there before the message is sent: not every address keeps messages.
connection.open_receiver(address);
connection.once('receiver_open', () => connection.open_sender(address));
connection.once('sendable', ({ sender }) => sender.send({ ${STORES.has(type) ? 'durable: true, ' : ''}body: 'Hello from rhea' }));
connection.once('message', ({ message }) => {
  console.log(message.body);
  connection.close();
});
`,
    run: ['npm install rhea', 'node hello.mjs'],
  };
}

function mqttJs({ address, user }: SnippetPlace, url: string): Snippet {
  const options = ['protocolVersion: 5', ...(user ? [`username: ${text(user)}`, `password: process.env.${PASSWORD_VARIABLE}`] : [])];
  return {
    id: 'mqtt',
    title: 'JavaScript (MQTT.js)',
    protocol: 'MQTT 5.0',
    file: 'hello-mqtt.mjs',
    text: `import mqtt from 'mqtt';

const topic = ${text(address)};
const client = await mqtt.connectAsync(${text(url)}, { ${options.join(', ')} });

const received = new Promise(resolve => client.once('message', (_, body) => resolve(String(body))));
await client.subscribeAsync(topic, { qos: 1 });
await client.publishAsync(topic, 'Hello from MQTT', { qos: 1 });
console.log(await received);
await client.endAsync();
`,
    run: ['npm install mqtt', 'node hello-mqtt.mjs'],
  };
}

function proton({ address, type, user }: SnippetPlace, url: string): Snippet {
  const who = user ? `, user=${text(user)}, password=os.environ[${text(PASSWORD_VARIABLE)}]` : '';
  return {
    id: 'proton',
    title: 'Python (Qpid Proton)',
    protocol: 'AMQP 1.0',
    file: 'hello.py',
    text: `${user ? 'import os\n\n' : ''}from proton import Message
from proton.handlers import MessagingHandler
from proton.reactor import Container

ADDRESS = ${text(address)}


class Hello(MessagingHandler):
    sent = False
    awaited = 2  # the message, and that it was accepted

    def on_start(self, event):
        self.connection = event.container.connect(${text(url)}${who})
        event.container.create_receiver(self.connection, ADDRESS)

    def on_link_opened(self, event):
        # The consumer is there before the message is sent: not every address keeps messages.
        if event.receiver:
            event.container.create_sender(self.connection, ADDRESS)

    def on_sendable(self, event):
        if not self.sent:
            self.sent = True
            event.sender.send(Message(body='Hello from Proton'${STORES.has(type) ? ', durable=True' : ''}))

    def on_message(self, event):
        print(event.message.body)
        self.came()

    def on_accepted(self, event):
        self.came()

    def came(self):
        self.awaited -= 1
        if self.awaited == 0:
            self.connection.close()


Container(Hello()).run()
`,
    run: ['pip install python-qpid-proton', 'python3 hello.py'],
  };
}

/** Jakarta Messaging knows queues and topics, and asks for the one or the other. */
function jms({ address, type, user }: SnippetPlace, url: string): readonly Snippet[] {
  if (type !== 'queue' && type !== 'topic') return [];
  const who = user ? `${javaText(user)}, System.getenv(${javaText(PASSWORD_VARIABLE)})` : '';
  return [
    {
      id: 'jms',
      title: 'Java (Qpid JMS)',
      protocol: 'AMQP 1.0',
      file: 'Hello.java',
      text: `///usr/bin/env jbang "$0" "$@" ; exit $?
//DEPS org.apache.qpid:qpid-jms-client:${JMS_VERSION}
//DEPS org.slf4j:slf4j-nop:2.0.17

import jakarta.jms.Destination;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import org.apache.qpid.jms.JmsConnectionFactory;

public class Hello {
  public static void main(String[] args) {
    JmsConnectionFactory factory = new JmsConnectionFactory(${javaText(url)});
    try (JMSContext context = factory.createContext(${who})) {
      Destination address = context.create${type === 'topic' ? 'Topic' : 'Queue'}(${javaText(address)});
      JMSConsumer consumer = context.createConsumer(address);
      context.createProducer().send(address, "Hello from JMS");
      System.out.println(consumer.receiveBody(String.class, ${WAIT_SECONDS * 1000}));
    }
  }
}
`,
      run: ['jbang Hello.java'],
    },
  ];
}

function curl({ space, address, type, user }: SnippetPlace, url: string): Snippet {
  const messages = new URL(
    `/apis/angarium.dev/v1/addressspaces/${encodeURIComponent(space)}/addresses/${encodeURIComponent(address)}/messages`,
    url,
  ).href;
  const who = user ? ` -u ${shellWord(user)}:"$${PASSWORD_VARIABLE}"` : '';
  const send = `curl -sS${who} -H 'content-type: text/plain' -d 'Hello from curl'`;
  const receive = (query: string): string => `curl -sS${who} -X POST "$URL:receive?${query}&settle=auto"`;
  return {
    id: 'curl',
    title: 'curl',
    protocol: 'HTTP',
    file: 'hello.sh',
    text: `URL=${shellWord(messages)}\n${CURL_STEPS[type](send, receive)}`,
    run: ['sh hello.sh'],
  };
}

type CurlSteps = (send: string, receive: (query: string) => string) => string;

/** For addresses that store nothing: the consumer waits while the message is sent. */
const directSteps: CurlSteps = (send, receive) => `
# The consumer waits in the background, and the producer for it.
${receive(`wait=${WAIT_SECONDS}s`)} &
${send} "$URL?wait=${WAIT_SECONDS}s"
wait
`;

const CURL_STEPS = {
  queue: (send, receive) => `
${send} "$URL"
${receive(`wait=${WAIT_SECONDS}s`)}
`,
  topic: (send, receive) => `
# The subscription is there before the message is sent, and is kept for five minutes.
${receive('subscription=hello')}
${send} "$URL"
${receive(`subscription=hello&wait=${WAIT_SECONDS}s`)}
`,
  stream: (send, receive) => `
${send} "$URL"
${receive(`offset=last&wait=${WAIT_SECONDS}s`)}
`,
  anycast: directSteps,
  multicast: directSteps,
} as const satisfies Record<AddressType, CurlSteps>;
