/**
 * The generator as a process of its own, so that it can have a core of its own: one load, one line of JSON.
 *
 *     node packages/load-mqtt/src/main.ts flow --port 1883 --qos 1 --seconds 5 --pid 4711
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageMeter } from '@angarium/load';
import type { LoadMode, Qos } from './load-options.ts';
import { runLoad } from './run-load.ts';

const USAGE = `usage: main.ts flow|ping|idle [options]
  --host 127.0.0.1  --port 1883  --ca FILE (with TLS)  --version 4|5
  --topic bench  --qos 0|1|2  --publishers 1 --subscribers 1  --size 100 (bytes)
  --window 1000  --under-way 10000  --connections 5000 (idle)
  --seconds 5  --warm-up 1
  --pid N   a process on this machine whose CPU time and memory are reported too
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '1883' },
    ca: { type: 'string' },
    version: { type: 'string', default: '4' },
    topic: { type: 'string', default: 'bench' },
    qos: { type: 'string', default: '0' },
    publishers: { type: 'string', default: '1' },
    subscribers: { type: 'string', default: '1' },
    size: { type: 'string', default: '100' },
    window: { type: 'string', default: '1000' },
    'under-way': { type: 'string', default: '10000' },
    connections: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '1' },
    pid: { type: 'string' },
  },
});
const mode = positionals[0] as LoadMode | undefined;
if (mode === undefined || !['flow', 'ping', 'idle'].includes(mode)) {
  process.stderr.write(USAGE);
  process.exit(2);
}

const meter = new UsageMeter(values.pid === undefined ? undefined : Number(values.pid));
const result = await runLoad({
  mode,
  host: values.host,
  port: Number(values.port),
  ...(values.ca !== undefined && { tls: { ca: readFileSync(values.ca) } }),
  version: values.version === '5' ? 5 : 4,
  topic: values.topic,
  qos: Number(values.qos) as Qos,
  publishers: Number(values.publishers),
  subscribers: Number(values.subscribers),
  sizeBytes: Number(values.size),
  window: Number(values.window),
  underWayMax: Number(values['under-way']),
  connections: Number(values.connections),
  seconds: Number(values.seconds),
  warmUpSeconds: Number(values['warm-up']),
  onMeasure: () => meter.mark(),
});
process.stdout.write(`${JSON.stringify({ ...result, ...meter.report() })}\n`);
process.exitCode = result.errors.length > 0 ? 1 : 0;
