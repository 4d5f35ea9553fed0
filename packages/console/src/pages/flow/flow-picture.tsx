import { useMemo } from 'react';
import type { AddressRow } from '../../logic/activity-log.ts';
import { BOX_HEIGHT, BOX_WIDTH, type FlowBox, type FlowLine, layFlow } from '../../logic/flow-layout.ts';
import { type FlowEdge, type FlowNode, type FlowPicture, inTrouble } from '../../logic/flow-picture.ts';
import { shortNumber, shortRate } from '../../logic/units.ts';
import { AttentionLabel } from '../../parts/address-columns.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import './flow-picture.css';

/** A line of what does not move, and the widest one, in pixels. */
const THIN = 1.25;
const WIDE_MAX = 8;

type Rates = ReadonlyMap<string, AddressRow>;

interface FlowPictureProps {
  readonly space: string;
  readonly picture: Pick<FlowPicture, 'nodes' | 'edges'>;
  /** Of addresses, by name. */
  readonly rates: Rates;
}

/** Boxes with lines between them, as wide as much flows. */
export function FlowPictureView({ space, picture, rates }: FlowPictureProps) {
  const { boxes, lines, width, height } = useMemo(() => layFlow(picture), [picture]);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
      <section className="angarium-flow" aria-label="Picture of who sends to whom; the table says the same" tabIndex={0}>
        <div className="angarium-flow-sheet" style={{ width, height }}>
          <svg width={width} height={height} aria-hidden="true">
            {lines.map(line => (
              <Line key={line.key} line={line} />
            ))}
          </svg>
          {boxes.map(box => (
            <Box key={box.key} space={space} box={box} row={box.node.kind === 'address' ? rates.get(box.node.name) : undefined} />
          ))}
        </div>
      </section>
      <Legend />
    </>
  );
}

function Line({ line: { edge, path, label } }: { readonly line: FlowLine }) {
  const trouble = inTrouble(edge);
  const words = labelOf(edge, trouble);
  const width = widthOf(edge.rate ?? 0);
  return (
    <g className={`angarium-line-${trouble ? 'trouble' : edge.state} angarium-line-${edge.kind}`}>
      <path d={path} style={{ strokeWidth: width }} />
      {words !== '' && (
        <text x={label.x} y={label.y - 4 - width / 2} textAnchor="middle">
          {words}
        </text>
      )}
    </g>
  );
}

function labelOf({ kind, state, count, rate = 0 }: FlowEdge, trouble: boolean): string {
  if (trouble) return state;
  if (kind === 'dead-letter' || kind === 'expiry') return count > 0 ? shortNumber(count) : '';
  return [count > 1 && `×${shortNumber(count)}`, rate > 0 && `${shortRate(rate)}/s`].filter(Boolean).join(' ');
}

/** Ten times as much is one step wider. */
function widthOf(rate: number): number {
  return Math.min(WIDE_MAX, THIN + 1.5 * Math.log10(1 + rate));
}

interface BoxProps {
  readonly space: string;
  readonly box: FlowBox;
  readonly row: AddressRow | undefined;
}

function Box({ space, box: { node, x, y }, row }: BoxProps) {
  const style = { left: x, top: y, width: BOX_WIDTH, height: BOX_HEIGHT };
  return (
    <div className={`angarium-box angarium-box-${node.kind}`} style={style} title={titleOf(node, row)}>
      <div className="angarium-name">
        <span className="angarium-cut">
          {node.kind === 'address' ? (
            <PageLink page="address" with={{ space, name: node.name }}>
              {node.name}
            </PageLink>
          ) : (
            node.name
          )}
        </span>
      </div>
      {row?.activity.attention ? (
        <AttentionLabel code={row.activity.attention} />
      ) : (
        <div className="angarium-cut angarium-subtle angarium-figures">{row ? figuresOf(row) : node.detail || node.type}</div>
      )}
    </div>
  );
}

function titleOf({ name, type, detail }: FlowNode, row: AddressRow | undefined): string {
  return [name, type, detail, row && figuresOf(row)].filter(Boolean).join(' · ');
}

function figuresOf({ activity: { stored }, rateIn, rateOut }: AddressRow): string {
  const rates = `${shortRate(rateIn?.latest ?? 0)} in/s, ${shortRate(rateOut?.latest ?? 0)} out/s`;
  return stored === 0 ? rates : `${rates}, ${shortNumber(stored)} there`;
}

const LINES = [
  { name: 'flowing', words: 'flowing: the wider, the more' },
  { name: 'idle', words: 'nothing flows' },
  { name: 'trouble', words: 'blocked, stuck, delayed' },
  { name: 'dead-letter', words: 'dead letters, expired' },
  { name: 'divert', words: 'diverted, bound, shared' },
] as const;

function Legend() {
  return (
    <ul className="angarium-legend angarium-subtle">
      {LINES.map(({ name, words }) => (
        <li key={name}>
          <svg width="32" height="8" aria-hidden="true">
            <g className={`angarium-line-${name}`}>
              <path d="M0,4 H32" style={{ strokeWidth: name === 'flowing' ? 3 : THIN }} />
            </g>
          </svg>{' '}
          {words}
        </li>
      ))}
    </ul>
  );
}
