import type { Depth } from '../../api/address-document.ts';
import { Count } from '../../parts/figures.tsx';
import './depth-bars.css';

const STATES = [
  { key: 'ready', title: 'Ready', words: 'a consumer could have them now' },
  { key: 'unsettled', title: 'Unsettled', words: 'consumers have them, and have not settled them' },
  { key: 'scheduled', title: 'Scheduled', words: 'they wait for the time that was said' },
  { key: 'redelivering', title: 'Redelivering', words: 'a delivery failed, and they wait for the next one' },
] as const;

/** What is stored, by what it waits for: figures with their share as a bar. */
export function DepthBars({ depth }: { readonly depth: Depth }) {
  const most = Math.max(1, ...STATES.map(({ key }) => depth[key]));
  return (
    <dl className="angarium-depth">
      {STATES.map(({ key, title, words }) => (
        <div key={key}>
          <dt>{title}</dt>
          <dd className="angarium-depth-count">
            <Count value={depth[key]} />
          </dd>
          <dd className="angarium-depth-bar" aria-hidden="true">
            <span className={`angarium-depth-${key}`} style={{ width: `${(100 * depth[key]) / most}%` }} />
          </dd>
          <dd className="angarium-subtle">{words}</dd>
        </div>
      ))}
    </dl>
  );
}
