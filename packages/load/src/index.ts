export { type LatencyPercentiles, LatencyRecord } from './latency-record.ts';
export { type LoadTarget, openLoadSocket } from './load-socket.ts';
export { machineUsage, type ProcessUsage, processUsage } from './process-usage.ts';
export { type Usage, UsageMeter } from './usage-meter.ts';
