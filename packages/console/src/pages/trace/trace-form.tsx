import { Button, Flex, Form, FormGroup, Grid, GridItem, Radio } from '@patternfly/react-core';
import { type FormEvent, useId, useState } from 'react';
import { type TraceWish, traceCommand } from '../../logic/trace-log.ts';
import { AddressField } from '../../parts/address-field.tsx';
import { Field } from '../../parts/field.tsx';
import { ShowCommand } from '../../parts/show-command.tsx';

/** What a trace may ask for at the most. */
const COUNT_MAX = 1_000;
const SECONDS_MAX = 3_600;
const SECONDS = '60';

interface TraceFormProps {
  readonly space: string;
  /** What the page was asked for. */
  readonly first: { readonly address: string; readonly sequence: string; readonly subscription: string };
  readonly running: boolean;
  readonly onBegin: (wish: TraceWish) => void;
  readonly onStop: () => void;
}

/** Which messages are followed. */
export function TraceForm({ space, first, running, onBegin, onStop }: TraceFormProps) {
  const id = useId();
  const [address, setAddress] = useState(first.address);
  const [stored, setStored] = useState(first.sequence !== '');
  const [count, setCount] = useState('1');
  const [selector, setSelector] = useState('');
  const [seconds, setSeconds] = useState(SECONDS);
  const [sequence, setSequence] = useState(first.sequence);
  const [subscription, setSubscription] = useState(first.subscription);
  const wrong = {
    count: !isWhole(count, 1, COUNT_MAX),
    seconds: !isWhole(seconds, 1, SECONDS_MAX),
    sequence: !isWhole(sequence, 0, Number.MAX_SAFE_INTEGER),
  };
  const wish: TraceWish = stored
    ? { address, sequence: Number(sequence), ...(subscription !== '' && { subscription }) }
    : { address, count: Number(count), seconds: Number(seconds), ...(selector !== '' && { selector }) };
  const ready = address !== '' && (stored ? !wrong.sequence : !wrong.count && !wrong.seconds);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) onBegin(wish);
  };
  return (
    <Form onSubmit={submit} aria-label="What is followed">
      <Grid hasGutter md={6}>
        <GridItem>
          <AddressField space={space} value={address} onChange={setAddress} help="An address, or a topic below one." />
        </GridItem>
        <GridItem>
          <FormGroup role="radiogroup" fieldId={`${id}-what`} label="Which messages">
            <Radio
              id={`${id}-next`}
              name={`${id}-what`}
              label="The next ones that are sent"
              isChecked={!stored}
              onChange={() => setStored(false)}
            />
            <Radio id={`${id}-stored`} name={`${id}-what`} label="One that is stored" isChecked={stored} onChange={() => setStored(true)} />
          </FormGroup>
        </GridItem>
      </Grid>
      {stored ? (
        <Grid hasGutter md={6}>
          <GridItem>
            <Field
              label="Number"
              type="number"
              min={0}
              value={sequence}
              onChange={setSequence}
              wrong={wrong.sequence && sequence !== ''}
              required
              help="As the list of messages of the address says it."
            />
          </GridItem>
          <GridItem>
            <Field label="Subscription" value={subscription} onChange={setSubscription} help="Of a topic: whose message is meant." />
          </GridItem>
        </Grid>
      ) : (
        <Grid hasGutter md={4}>
          <GridItem>
            <Field
              label="How many"
              type="number"
              max={COUNT_MAX}
              value={count}
              onChange={setCount}
              wrong={wrong.count}
              help={`1 to ${COUNT_MAX.toLocaleString('en')}`}
            />
          </GridItem>
          <GridItem>
            <Field
              label="For so many seconds"
              type="number"
              max={SECONDS_MAX}
              value={seconds}
              onChange={setSeconds}
              wrong={wrong.seconds}
              help={`1 to ${SECONDS_MAX.toLocaleString('en')}`}
            />
          </GridItem>
          <GridItem>
            <Field label="Selector" value={selector} onChange={setSelector} help="Only messages such as colour = 'red'." />
          </GridItem>
        </Grid>
      )}
      <Flex gap={{ default: 'gapSm' }}>
        <Button type="submit" isDisabled={!ready || running}>
          {stored ? 'Explain' : 'Follow'}
        </Button>
        {running && (
          <Button variant="secondary" onClick={onStop}>
            Stop
          </Button>
        )}
      </Flex>
      <ShowCommand change={{ commands: [traceCommand(wish, space)] }} />
    </Form>
  );
}

function isWhole(text: string, min: number, max: number): boolean {
  const value = Number(text);
  return text !== '' && Number.isSafeInteger(value) && value >= min && value <= max;
}
