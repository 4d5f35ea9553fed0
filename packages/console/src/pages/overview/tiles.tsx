import { Card, CardBody, CardTitle, Flex, FlexItem, Gallery } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { ActivityLog, ActivityTotals } from '../../logic/activity-log.ts';
import type { RateHistory } from '../../logic/rate-history.ts';
import { shortBytes, shortRate } from '../../logic/units.ts';
import { Count } from '../../parts/figures.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import './tiles.css';

/** The figures of the whole space. */
export function Tiles({ log, totals }: { readonly log: ActivityLog; readonly totals: ActivityTotals }) {
  return (
    <Gallery hasGutter minWidths={{ default: '150px' }}>
      <Tile title="In/s" below={<Total count={totals.in} words="in all" />} history={log.totalIn}>
        {shortRate(log.totalIn.latest)}
      </Tile>
      <Tile title="Out/s" below={<Total count={totals.out} words="in all" />} history={log.totalOut}>
        {shortRate(log.totalOut.latest)}
      </Tile>
      <Tile title="Stored" below={shortBytes(totals.bytes)}>
        <Count value={totals.stored} />
      </Tile>
      <Tile title="Connections" below="of all protocols">
        <Count value={totals.connections} />
      </Tile>
      <Tile title="Addresses" below={<Total count={totals.deadLettered} words="dead letters" />}>
        <Count value={totals.addresses} />
      </Tile>
    </Gallery>
  );
}

interface TileProps {
  readonly title: string;
  readonly below: ReactNode;
  readonly history?: RateHistory;
  readonly children: ReactNode;
}

function Tile({ title, below, history, children }: TileProps) {
  return (
    <Card isCompact>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>
        <Flex alignItems={{ default: 'alignItemsFlexEnd' }} justifyContent={{ default: 'justifyContentSpaceBetween' }}>
          <FlexItem className="angarium-tile-figure">{children}</FlexItem>
          {history && (
            <FlexItem>
              <Sparkline history={history} width={64} height={28} />
            </FlexItem>
          )}
        </Flex>
        <div className="angarium-tile-below">{below}</div>
      </CardBody>
    </Card>
  );
}

function Total({ count, words }: { readonly count: number; readonly words: string }) {
  return (
    <>
      <Count value={count} /> {words}
    </>
  );
}
