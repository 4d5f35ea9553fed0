import { Alert, AlertGroup, Button, Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useState } from 'react';
import type { Attention } from '../../logic/activity-log.ts';
import { counted } from '../../logic/units.ts';
import { PageLink } from '../../parts/page-link.tsx';

/** As many are shown at once; the worst stand first. */
const SHOWN = 5;

interface AttentionListProps {
  readonly space: string;
  readonly attention: readonly Attention[];
}

/** What somebody should look at, and what to do about it. */
export function AttentionList({ space, attention }: AttentionListProps) {
  const [all, setAll] = useState(false);
  const shown = all ? attention : attention.slice(0, SHOWN);
  return (
    <Card>
      <CardTitle component="h2">Needs attention</CardTitle>
      <CardBody>
        {attention.length === 0 && <Alert isInline isPlain component="p" variant="success" title="Nothing needs attention" />}
        <AlertGroup aria-label="Needs attention">
          {shown.map(each => (
            <Alert
              key={`${each.address ?? ''} ${each.connection ?? ''} ${each.address === undefined ? each.what : ''}`}
              isInline
              isPlain
              component="h3"
              variant={each.severity}
              title={each.what}
            >
              {each.do}{' '}
              {each.address !== undefined && (
                <PageLink page="address" with={{ space, name: each.address }}>
                  Look at {each.address}
                </PageLink>
              )}
            </Alert>
          ))}
        </AlertGroup>
        {attention.length > SHOWN && (
          <Button variant="link" isInline onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show ${counted(attention.length - SHOWN, 'more thing', 'more')}`}
          </Button>
        )}
      </CardBody>
    </Card>
  );
}
