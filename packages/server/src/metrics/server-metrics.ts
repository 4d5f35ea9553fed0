import { memoryUsage } from 'node:process';
import type { Histogram, LogPressure } from '@angarium/core';
import type { FileLogStats } from '@angarium/log-file';
import { LOG_PART_NAMES } from '../log-parts.ts';
import type { ServerCertificate } from '../tls/certificate-file.ts';
import type { HandshakeCounts } from '../tls/handshakes.ts';
import { VERSION } from '../version.ts';
import { type Metric, several, single } from './metric.ts';
import type { ProcessFigures } from './process-figures.ts';

/** Connectors with series of their own; further ones have none. */
export const CONNECTORS_MAX = 1000;

/** What the server tells besides its address spaces. */
export interface ServerFigures {
  readonly ready: boolean;
  readonly spaces: number;
  /** By protocol. */
  readonly connections: ReadonlyMap<string, number>;
  readonly authenticationFailures: number;
  /** Lines of the log at the levels warn and error, by part. */
  readonly problems: (part: string, level: 'warn' | 'error') => number;
  /** By endpoint. */
  readonly handshakes: ReadonlyMap<string, HandshakeCounts>;
  readonly certificates: readonly ServerCertificate[];
  readonly connectors: Iterable<{ readonly space: string; readonly name: string; readonly works: boolean }>;
  readonly auditEntries: number;
  readonly events: number;
  readonly turnSeconds: Histogram;
  /** Of traces; absent where there are none. */
  readonly spans: { readonly exported: number; readonly dropped: number } | undefined;
  /** Absent while the server starts. */
  readonly log?: LogFigures;
  readonly process: ProcessFigures;
}

export interface LogFigures extends FileLogStats {
  readonly pressure: LogPressure;
  /** Since it was opened. */
  readonly appendedBytes: number;
  /** Of the file system that it is on; absent where that cannot be said. */
  readonly disk?: { readonly freeBytes: number; readonly sizeBytes: number };
}

const PRESSURES = ['none', 'unsynced-bytes', 'disk-full', 'write-failed'] as const satisfies readonly LogPressure[];

type Server = ServerFigures;

function ofLog(type: 'counter' | 'gauge', name: string, help: string, value: (log: LogFigures) => number | undefined): Metric<Server> {
  return single(type, name, help, ({ log }) => log && value(log));
}

/** What the server tells to its administrators. */
export const SERVER_METRICS: readonly Metric<Server>[] = [
  several('gauge', 'angarium_build_info', 'Always 1; what runs is in the labels.', ['version', 'node'], () => [
    [1, VERSION, process.versions.node],
  ]),
  single(
    'gauge',
    'angarium_ready',
    '1 when clients can be sent here, 0 while the server starts or stops, or its log takes nothing: as /readyz has it.',
    ({ ready }) => Number(ready),
  ),
  single('gauge', 'angarium_address_spaces', 'Address spaces.', ({ spaces }) => spaces),
  several(
    'gauge',
    'angarium_connections',
    'Connections by protocol; of HTTP those that stay: event streams and WebSockets with JSON.',
    ['protocol'],
    ({ connections }) => [...connections].map(([protocol, count]) => [count, protocol] as const),
  ),
  single(
    'counter',
    'angarium_authentication_failures_total',
    'Attempts of somebody who could not prove who he is.',
    ({ authenticationFailures }) => authenticationFailures,
  ),
  several(
    'counter',
    'angarium_tls_handshakes_total',
    'TLS handshakes by endpoint and result.',
    ['endpoint', 'result'],
    function* ({ handshakes }) {
      for (const [endpoint, { done, failed }] of handshakes) {
        yield [done, endpoint, 'done'];
        yield [failed, endpoint, 'failed'];
      }
    },
  ),
  several(
    'gauge',
    'angarium_certificate_expiry_timestamp_seconds',
    'When a certificate that the server shows its clients expires, in seconds since 1970.',
    ['certificate'],
    ({ certificates }) => certificates.map(({ entry, expiresMs }) => [expiresMs / 1000, entry.name] as const),
  ),
  several(
    'gauge',
    'angarium_connector_up',
    `1 while a connector has its connection, else 0; of the first ${CONNECTORS_MAX}.`,
    ['address_space', 'connector'],
    function* ({ connectors }) {
      let left = CONNECTORS_MAX;
      for (const { space, name, works } of connectors) {
        if (left-- === 0) return;
        yield [Number(works), space, name];
      }
    },
  ),
  single('counter', 'angarium_audit_entries_total', 'Entries of the audit log.', ({ auditEntries }) => auditEntries),
  single('counter', 'angarium_events_total', 'Events that were told to who follows them.', ({ events }) => events),
  several(
    'counter',
    'angarium_problems_total',
    'Lines of the server’s log at the levels warn and error, by part, written or not.',
    ['part', 'level'],
    function* ({ problems }) {
      for (const part of LOG_PART_NAMES) for (const level of ['warn', 'error'] as const) yield [problems(part, level), part, level];
    },
  ),
  several(
    'counter',
    'angarium_trace_spans_total',
    'Spans of traces that a collector has taken, and such that it has not.',
    ['result'],
    ({ spans }) =>
      spans
        ? [
            [spans.exported, 'exported'],
            [spans.dropped, 'dropped'],
          ]
        : [],
  ),

  ofLog(
    'counter',
    'angarium_log_appended_bytes_total',
    'Bytes appended to the durable log, those that were moved included.',
    log => log.appendedBytes,
  ),
  {
    name: 'angarium_log_sync_seconds',
    type: 'histogram',
    help: 'How long it takes to make a batch of records durable: what producers of stored messages wait for.',
    labels: [],
    samples: ({ log }) => (log ? [{ value: log.syncSeconds, labels: [] }] : []),
  },
  ofLog('gauge', 'angarium_log_size_bytes', 'What the files of the durable log take on disk.', log => log.bytes),
  ofLog('gauge', 'angarium_log_live_bytes', 'What of it is still needed.', log => log.liveBytes),
  ofLog('gauge', 'angarium_log_unsynced_bytes', 'What is appended and not durable.', log => log.unsyncedBytes),
  ofLog('gauge', 'angarium_log_segments', 'Files of the durable log.', log => log.segments),
  several(
    'gauge',
    'angarium_log_pressure',
    '1 for what keeps the durable log from taking messages, or for none.',
    ['pressure'],
    ({ log }) => (log ? PRESSURES.map(pressure => [Number(log.pressure === pressure), pressure] as const) : []),
  ),
  ofLog('gauge', 'angarium_log_disk_free_bytes', 'What is free on the disk of the durable log.', log => log.disk?.freeBytes),
  ofLog('gauge', 'angarium_log_disk_size_bytes', 'The size of that disk.', log => log.disk?.sizeBytes),

  {
    name: 'angarium_event_loop_delay_seconds',
    type: 'histogram',
    help: 'How long whatever comes waits to be seen, by ten samples a second.',
    labels: [],
    samples: of => [{ value: of.process.loopDelay, labels: [] }],
  },
  {
    name: 'angarium_turn_seconds',
    type: 'histogram',
    help: 'How long it takes to hand on what came in together, and to write it to all connections: so long nothing is read. Their count is that of turns.',
    labels: [],
    samples: ({ turnSeconds }) => [{ value: turnSeconds, labels: [] }],
  },
  single(
    'counter',
    'angarium_event_loop_busy_seconds_total',
    'What the event loop has worked since the process began: its rate is the share of one core that is used up.',
    of => of.process.busySeconds,
  ),
  {
    name: 'angarium_garbage_collection_seconds',
    type: 'histogram',
    help: 'How long collecting garbage has kept the process, by kind.',
    labels: ['kind'],
    samples: of => [...of.process.collections].map(([kind, value]) => ({ value, labels: [kind] })),
  },
  single('gauge', 'angarium_heap_used_bytes', 'JavaScript’s heap in use.', () => memoryUsage().heapUsed),
  single('gauge', 'angarium_heap_size_bytes', 'JavaScript’s heap.', () => memoryUsage().heapTotal),
  single('gauge', 'angarium_external_memory_bytes', 'Memory outside of that heap: buffers.', () => memoryUsage().external),
  single('counter', 'process_cpu_seconds_total', 'Time of processors that the process has used.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }),
  single('gauge', 'process_resident_memory_bytes', 'Memory that the process has.', () => memoryUsage.rss()),
  single('gauge', 'process_start_time_seconds', 'When the process began, in seconds since 1970.', () => performance.timeOrigin / 1000),
];
