import { Gallery } from '@patternfly/react-core';
import type { ActivityLog, ActivityTotals } from '../../logic/activity-log.ts';
import { shortBytes, shortRate } from '../../logic/units.ts';
import { Count } from '../../parts/figures.tsx';
import { Tile } from '../../parts/tile.tsx';

/** The figures of the whole space. */
export function Tiles({ log, totals }: { readonly log: ActivityLog; readonly totals: ActivityTotals }) {
  return (
    <Gallery hasGutter minWidths={{ default: '130px' }}>
      <Tile title="In/s" below={<Total count={totals.in} words="in all" />} history={log.totalIn}>
        {shortRate(log.totalIn.latest)}
      </Tile>
      <Tile title="Out/s" below={<Total count={totals.out} words="in all" />} history={log.totalOut}>
        {shortRate(log.totalOut.latest)}
      </Tile>
      <Tile title="Stored" below={shortBytes(totals.bytes)}>
        <Count value={totals.stored} />
      </Tile>
      {totals.connections !== undefined && (
        <Tile title="Connections" below="of all protocols">
          <Count value={totals.connections} />
        </Tile>
      )}
      <Tile title={log.whole ? 'Addresses' : 'Addresses you may view'} below={<Total count={totals.deadLettered} words="dead letters" />}>
        <Count value={totals.addresses} />
      </Tile>
    </Gallery>
  );
}

function Total({ count, words }: { readonly count: number; readonly words: string }) {
  return (
    <>
      <Count value={count} /> {words}
    </>
  );
}
