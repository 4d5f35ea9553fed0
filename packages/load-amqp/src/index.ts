export { LOAD_LIMITS, type LoadCapability, type LoadMode, type LoadOptions, type LoadSnapshot } from './load-options.ts';
export type { LatencyPercentiles, LoadResult, RefusedCounts } from './load-result.ts';
export { machineUsage, type ProcessUsage, processUsage } from './process-usage.ts';
export { runLoad } from './run-load.ts';
