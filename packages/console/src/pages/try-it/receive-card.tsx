import {
  Button,
  Card,
  CardBody,
  CardTitle,
  Checkbox,
  ExpandableSection,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Grid,
  GridItem,
} from '@patternfly/react-core';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { commandLine } from '../../logic/command-line.ts';
import { CREDIT_MAX, type SubscriptionWish, type Trial } from '../../logic/trial.ts';
import { AddressField } from '../../parts/address-field.tsx';
import { Field } from '../../parts/field.tsx';
import { ShowCommand } from '../../parts/show-command.tsx';

/** Credit that a form begins with. */
const CREDIT = { auto: '100', manual: '1' } as const;

interface ReceiveCardProps {
  readonly space: string;
  readonly trial: Trial;
  /** The form begins with it. */
  readonly address: string;
  /** The subscriptions that there are. */
  readonly children: ReactNode;
}

/** Subscribes to an address. */
export function ReceiveCard({ space, trial, address: first, children }: ReceiveCardProps) {
  const id = useId();
  const [address, setAddress] = useState(first);
  const [settle, setSettle] = useState<SubscriptionWish['settle']>('auto');
  const [credit, setCredit] = useState<string>(CREDIT.auto);
  const [selector, setSelector] = useState('');
  const [subscription, setSubscription] = useState('');
  const [durable, setDurable] = useState(false);
  const [offset, setOffset] = useState('');
  const given = Number(credit);
  const creditWrong = !Number.isInteger(given) || given < 0 || given > CREDIT_MAX || credit === '';
  const ready = address !== '' && !creditWrong;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!ready) return;
    trial.receive({
      address,
      settle,
      credit: given,
      ...(selector !== '' && { selector }),
      ...(subscription !== '' && { subscription, durable }),
      ...(offset !== '' && { offset }),
    });
  };
  const command = commandLine(['receive', address || 'ADDRESS'], {
    selector: selector || undefined,
    offset: offset || undefined,
    space,
  });
  return (
    <Card isCompact isFullHeight>
      <CardTitle component="h2">Receive</CardTitle>
      <CardBody className="angarium-words">
        <Form onSubmit={submit} aria-label="Receive">
          <AddressField
            space={space}
            label="Receive from"
            value={address}
            onChange={setAddress}
            help="An address, or topics by a pattern such as plant/#."
          />
          <Grid hasGutter md={6}>
            <GridItem>
              <FormGroup fieldId={`${id}-settle`} label="Messages are settled">
                <FormSelect
                  id={`${id}-settle`}
                  value={settle}
                  onChange={(_, next) => {
                    setSettle(next as SubscriptionWish['settle']);
                    setCredit(CREDIT[next as SubscriptionWish['settle']]);
                  }}
                >
                  <FormSelectOption value="auto" label="by themselves" />
                  <FormSelectOption value="manual" label="one by one, by hand" />
                </FormSelect>
              </FormGroup>
            </GridItem>
            <GridItem>
              <Field
                label="Credit"
                type="number"
                min={0}
                max={CREDIT_MAX}
                value={credit}
                onChange={setCredit}
                wrong={creditWrong}
                help={settle === 'auto' ? 'Messages under way at a time.' : 'Messages that may come until you give more.'}
              />
            </GridItem>
          </Grid>
          <ExpandableSection toggleText="Which messages, and as whom" isIndented>
            <Grid hasGutter md={6}>
              <GridItem>
                <Field label="Selector" value={selector} onChange={setSelector} help="Such as colour = 'red' AND size > 5." />
              </GridItem>
              <GridItem>
                <Field label="From" value={offset} onChange={setOffset} help="Of a stream: first, last, next, an offset, a time, or 6h." />
              </GridItem>
              <GridItem>
                <Field
                  label="Subscription"
                  value={subscription}
                  onChange={setSubscription}
                  help="Of a topic or stream: all who name it share it, and it stays for five minutes."
                />
              </GridItem>
            </Grid>
            <Checkbox
              id={`${id}-durable`}
              isChecked={durable && subscription !== ''}
              isDisabled={subscription === ''}
              onChange={(_, checked) => setDurable(checked)}
              label="It stays for good"
            />
          </ExpandableSection>
          <div>
            <Button type="submit" variant="secondary" isDisabled={!ready || !trial.connected}>
              Receive
            </Button>
          </div>
          <ShowCommand change={{ commands: [command] }} />
        </Form>
        {children}
      </CardBody>
    </Card>
  );
}
