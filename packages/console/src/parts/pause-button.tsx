import { Button } from '@patternfly/react-core';
import { counted } from '../logic/units.ts';

interface PauseButtonProps {
  readonly feed: { readonly paused: boolean; readonly waiting: number; readonly pause: (paused: boolean) => void };
  /** What comes, as in "new event" and "new events". */
  readonly one: string;
  readonly many: string;
}

/** Has a list stand still that moves by itself, and go on with what has come meanwhile. */
export function PauseButton({ feed, one, many }: PauseButtonProps) {
  const { paused, waiting } = feed;
  return (
    <Button variant="secondary" onClick={() => feed.pause(!paused)}>
      {paused ? `Go on${waiting > 0 ? ` with ${counted(waiting, one, many)}` : ''}` : 'Pause'}
    </Button>
  );
}
