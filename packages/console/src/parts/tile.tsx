import { Card, CardBody, CardTitle, Flex, FlexItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { RateHistory } from '../logic/rate-history.ts';
import { Sparkline } from './sparkline.tsx';
import './tile.css';

interface TileProps {
  readonly title: string;
  /** What there is to say of it besides, small. */
  readonly below?: ReactNode;
  readonly history?: RateHistory | undefined;
  /** The figure. */
  readonly children: ReactNode;
}

/** One figure of several that are looked at together. */
export function Tile({ title, below, history, children }: TileProps) {
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
