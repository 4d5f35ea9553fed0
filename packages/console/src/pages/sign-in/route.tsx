import { Alert, Bullseye, Button, Card, CardBody, Flex, FlexItem, Form, Stack, StackItem, Title } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { sessionQuery, signIn, signInWaysQuery } from '../../api/session.ts';
import icon from '../../app/icon.svg';
import { Field } from '../../parts/field.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import './sign-in.css';

/** How long somebody has stopped typing before it is asked how that space is signed in to, in milliseconds. */
const PAUSE_MS = 400;

/** Asks who one is. The address space decides how: by a password, or at a provider elsewhere. */
export default function SignInPage() {
  const client = useQueryClient();
  const [space, setSpace] = useState(() => new URLSearchParams(window.location.search).get('space') ?? '');
  const [asked, setAsked] = useState(space);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const { data: ways, error } = useQuery(signInWaysQuery(asked));
  const signingIn = useMutation({
    mutationFn: signIn,
    onSuccess: session => client.setQueryData(sessionQuery.queryKey, session),
    // Whoever has typed it wrong types all of it again.
    onError: () => setPassword(''),
  });
  useEffect(() => {
    document.title = 'Sign in · Angarium';
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(space), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [space]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signingIn.mutate({ ...(space !== '' && { addressSpace: space }), user, password });
  };
  return (
    <Bullseye className="angarium-sign-in">
      <Card component="main">
        <CardBody>
          <Stack hasGutter>
            <StackItem>
              <Flex alignItems={{ default: 'alignItemsCenter' }} spaceItems={{ default: 'spaceItemsMd' }}>
                <FlexItem>
                  <img src={icon} alt="" width={36} height={36} />
                </FlexItem>
                <Title headingLevel="h1">Sign in to Angarium</Title>
              </Flex>
            </StackItem>
            {ways?.problem !== undefined && (
              <StackItem>
                <Alert isInline isLiveRegion variant="danger" title="You could not be signed in">
                  {ways.problem}
                </Alert>
              </StackItem>
            )}
            <ProblemAlert error={signingIn.error ?? error} {...(signingIn.error && { title: 'You could not be signed in' })} />
            <StackItem>
              {/* Checked by the browser: what it fills in by itself is seen there first. */}
              <Form onSubmit={submit} noValidate={false}>
                {ways?.password !== false && (
                  <>
                    <Field label="User" value={user} onChange={setUser} required autoComplete="username" />
                    <Field
                      label="Password"
                      type="password"
                      value={password}
                      onChange={setPassword}
                      required
                      autoComplete="current-password"
                    />
                  </>
                )}
                <Field
                  label="Address space"
                  value={space}
                  onChange={setSpace}
                  autoComplete="organization"
                  help="Leave it empty if nobody has told you one."
                />
                {ways?.password !== false && (
                  <Button type="submit" isBlock isLoading={signingIn.isPending}>
                    Sign in
                  </Button>
                )}
              </Form>
            </StackItem>
            {ways?.oidc.map(({ name, title, href }) => (
              <StackItem key={name}>
                <Button component="a" href={href} variant="secondary" isBlock>
                  Sign in with {title}
                </Button>
              </StackItem>
            ))}
          </Stack>
        </CardBody>
      </Card>
    </Bullseye>
  );
}
