import type { RateHistory } from '../logic/rate-history.ts';
import { sparklinePath } from '../logic/sparkline-path.ts';

const WIDTH = 64;
const HEIGHT = 16;

interface SparklineProps {
  readonly history: RateHistory | undefined;
  readonly width?: number;
  readonly height?: number;
}

/** The last minute of a rate as a line. The figure beside it says the same to who does not see it. */
export function Sparkline({ history, width = WIDTH, height = HEIGHT }: SparklineProps) {
  return (
    <svg className="angarium-sparkline" width={width} height={height + 2} viewBox={`0 -1 ${width} ${height + 2}`} aria-hidden="true">
      {history && !history.idle && <path d={sparklinePath(history.samples, width, height)} />}
    </svg>
  );
}
