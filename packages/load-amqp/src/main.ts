/**
 * The generator as a process of its own, so that it can have a core of its own: one load, one line of JSON.
 *
 *     node packages/load-amqp/src/main.ts flow --port 5672 --address bench --capability anycast --settled --seconds 5 --pid 4711
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageMeter } from '@angarium/load';
import type { LoadCapability, LoadMode, LoadOptions } from './load-options.ts';
import { runLoad } from './run-load.ts';

const USAGE = `usage: main.ts flow|fill|drain|ping|idle [options]
  --host 127.0.0.1  --port 5672  --ca FILE (with TLS)  --user NAME --password WORD  --space NAME
  --address bench   --capability queue|topic|stream|anycast|multicast  --durable-terminus
  --senders 1 --receivers 1  --size 100 (bytes)  --settled  --durable
  --credit 1000  --window 1000  --under-way N  --rate N (messages per second)
  --count N  --seconds N  --warm-up N  --stall N (seconds)
  --connections N --links N (idle)  --latency  --progress
  --pid N   a process on this machine whose CPU time and memory are reported too
`;

const { values, positionals } = parsed();

function parsed() {
  try {
    return parse();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '5672' },
      ca: { type: 'string' },
      user: { type: 'string' },
      password: { type: 'string' },
      space: { type: 'string' },
      address: { type: 'string', default: 'bench' },
      capability: { type: 'string' },
      'durable-terminus': { type: 'boolean', default: false },
      senders: { type: 'string', default: '1' },
      receivers: { type: 'string', default: '1' },
      size: { type: 'string', default: '100' },
      settled: { type: 'boolean', default: false },
      durable: { type: 'boolean', default: false },
      credit: { type: 'string', default: '1000' },
      window: { type: 'string', default: '1000' },
      'under-way': { type: 'string' },
      rate: { type: 'string' },
      count: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      stall: { type: 'string' },
      connections: { type: 'string' },
      links: { type: 'string' },
      latency: { type: 'boolean', default: false },
      progress: { type: 'boolean', default: false },
      pid: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
}

const mode = positionals[0] as LoadMode | undefined;
if (values.help || mode === undefined || !['flow', 'fill', 'drain', 'ping', 'idle'].includes(mode)) {
  process.stderr.write(USAGE);
  process.exit(values.help ? 0 : 2);
}

/** `{ [name]: number }` when the flag was given, so that it can be spread into options whose absence means something. */
function optional<Name extends string>(name: Name, flag: string | undefined): { [key in Name]?: number } {
  return flag === undefined ? {} : ({ [name]: Number(flag) } as { [key in Name]?: number });
}

const meter = new UsageMeter(values.pid === undefined ? undefined : Number(values.pid));

const options: LoadOptions = {
  mode,
  host: values.host,
  port: Number(values.port),
  ...(values.ca !== undefined && { tls: { ca: readFileSync(values.ca) } }),
  address: values.address,
  senders: Number(values.senders),
  receivers: Number(values.receivers),
  sizeBytes: Number(values.size),
  settled: values.settled,
  durable: values.durable,
  durableTerminus: values['durable-terminus'],
  credit: Number(values.credit),
  window: Number(values.window),
  latency: values.latency,
  ...(values.user === undefined ? {} : { user: values.user, password: values.password ?? '' }),
  ...(values.space === undefined ? {} : { space: values.space }),
  ...(values.capability === undefined ? {} : { capability: values.capability as LoadCapability }),
  ...optional('underWayMax', values['under-way']),
  ...optional('ratePerSecond', values.rate),
  ...optional('count', values.count),
  ...optional('seconds', values.seconds ?? ((mode === 'flow' || mode === 'ping') && values.count === undefined ? '5' : undefined)),
  ...optional('warmUpSeconds', values['warm-up']),
  ...optional('stallSeconds', values.stall),
  ...optional('idleConnections', values.connections),
  ...optional('linksPerConnection', values.links),
  onMeasure: () => meter.mark(),
  onProgress: snapshot => {
    meter.look();
    if (values.progress) process.stderr.write(`${JSON.stringify(snapshot)}\n`);
  },
};

const result = await runLoad(options);
process.stdout.write(`${JSON.stringify({ ...result, ...meter.report() })}\n`);
process.exitCode = result.errors.length > 0 ? 1 : 0;
