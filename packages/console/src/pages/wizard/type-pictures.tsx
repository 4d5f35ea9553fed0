import type { AddressType } from '../../logic/address-types.ts';
import './type-pictures.css';

/** Boxes of a picture: x and y of their middles. */
const PRODUCER = { x: 18, y: 40 };
const ADDRESS = { x: 100, y: 40 };
const CONSUMERS = [
  { x: 182, y: 16 },
  { x: 182, y: 40 },
  { x: 182, y: 64 },
];

/** What an address of this type does with a message: who gets it, and whether it is kept. The words beside it say the same. */
export function TypePicture({ type }: { readonly type: AddressType }) {
  const keeps = type === 'queue' || type === 'stream';
  const one = type === 'queue' || type === 'anycast';
  return (
    <svg className="angarium-picture" viewBox="0 0 200 80" aria-hidden="true">
      <Arrow from={PRODUCER} to={ADDRESS} />
      {CONSUMERS.map((consumer, at) => (
        <Arrow key={consumer.y} from={ADDRESS} to={consumer} faint={one && at !== 1} />
      ))}
      <circle cx={PRODUCER.x} cy={PRODUCER.y} r="8" className="angarium-picture-client" />
      {type === 'topic' ? (
        CONSUMERS.map(({ y }) => <Box key={y} x={126} y={y} width={26} slots={2} />)
      ) : (
        <Box x={ADDRESS.x} y={ADDRESS.y} width={keeps ? 56 : 24} slots={keeps ? (type === 'stream' ? 6 : 4) : 0} />
      )}
      {type === 'topic' && <Box x={72} y={40} width={20} slots={0} />}
      {CONSUMERS.map(({ x, y }) => (
        <circle key={y} cx={x} cy={y} r="8" className="angarium-picture-client" />
      ))}
      {CONSUMERS.map(({ x, y }, at) => (!one || at === 1) && <Message key={y} x={x} y={y} />)}
    </svg>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function Arrow({ from, to, faint = false }: { readonly from: Place; readonly to: Place; readonly faint?: boolean }) {
  return <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} className={faint ? 'angarium-picture-faint' : 'angarium-picture-way'} />;
}

/** An address: with the messages that it keeps, or none. */
function Box({ x, y, width, slots }: Place & { readonly width: number; readonly slots: number }) {
  const left = x - width / 2;
  const step = (width - 4) / Math.max(1, slots);
  return (
    <>
      <rect x={left} y={y - 9} width={width} height="18" rx="4" className="angarium-picture-address" />
      {Array.from({ length: slots }, (_, at) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: they are alike.
          key={at}
          x={left + 2 + at * step + 1}
          y={y - 5}
          width={step - 2}
          height="10"
          rx="1.5"
          className="angarium-picture-message"
        />
      ))}
    </>
  );
}

function Message({ x, y }: Place) {
  return <rect x={x - 3} y={y - 4} width="6" height="8" rx="1.5" className="angarium-picture-message" />;
}
