export { LOAD_LIMITS, type LoadCapability, type LoadMode, type LoadOptions, type LoadSnapshot } from './load-options.ts';
export type { LoadResult, RefusedCounts } from './load-result.ts';
export { runLoad } from './run-load.ts';
