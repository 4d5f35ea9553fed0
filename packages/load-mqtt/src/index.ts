export { LOAD_LIMITS, type LoadMode, type LoadOptions, type Qos } from './load-options.ts';
export type { LoadResult } from './load-result.ts';
export { runLoad } from './run-load.ts';
