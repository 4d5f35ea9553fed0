import { Card, CardBody, CardHeader, CardTitle, Content, Gallery } from '@patternfly/react-core';
import { ADDRESS_TYPES, type AddressType } from '../../logic/address-types.ts';
import { TypePicture } from './type-pictures.tsx';

/** What each type does with a message, in the words of who wants something done. */
const TYPES = {
  queue: {
    title: 'Queue',
    what: 'Each message is kept until one consumer has done its work.',
    use: 'Orders, jobs, mails to send: nothing may be lost, and nothing done twice.',
  },
  topic: {
    title: 'Topic',
    what: 'Each message goes to everybody who subscribes; durable subscriptions keep it for who is away.',
    use: 'News, measurements, events: several want to know, each at their own pace.',
  },
  stream: {
    title: 'Stream',
    what: 'Each message is kept and stays: readers go through all of them, at their own place, as often as they like.',
    use: 'Histories, audit, feeding a new service with all that has been.',
  },
  anycast: {
    title: 'Anycast',
    what: 'Nothing is kept: each message is handed to one consumer that is there, and its answer is the producer’s.',
    use: 'Requests and replies: the fastest way, and the producer knows what became of it.',
  },
  multicast: {
    title: 'Multicast',
    what: 'Nothing is kept: each message is handed to every consumer that is there.',
    use: 'Prices, positions, presence: only the newest matters, and only to who looks.',
  },
} as const satisfies Record<AddressType, object>;

interface TypeStepProps {
  readonly type: AddressType | undefined;
  readonly onType: (type: AddressType) => void;
}

/** The choice of a type, by what happens to a message. */
export function TypeStep({ type, onType }: TypeStepProps) {
  return (
    <div className="angarium-words" role="radiogroup" aria-label="What shall happen to a message?">
      <Content component="p">
        What shall happen to a message that is sent to it? The type stays as it is; all else can be changed later.
      </Content>
      <Gallery hasGutter minWidths={{ default: '12rem' }}>
        {ADDRESS_TYPES.map(each => {
          const { title, what, use } = TYPES[each];
          return (
            <Card key={each} id={`type-${each}`} isCompact isSelectable isSelected={each === type} isFullHeight>
              <CardHeader
                selectableActions={{
                  selectableActionId: `choose-${each}`,
                  selectableActionAriaLabelledby: `type-${each}`,
                  name: 'type',
                  variant: 'single',
                  onChange: () => onType(each),
                }}
              >
                <CardTitle component="h2">{title}</CardTitle>
              </CardHeader>
              <CardBody>
                <TypePicture type={each} />
                <Content component="p">{what}</Content>
                <Content component="small">{use}</Content>
              </CardBody>
            </Card>
          );
        })}
      </Gallery>
    </div>
  );
}
