import { Alert, Bullseye, Button, Card, CardBody, Flex, FlexItem, Form, Stack, StackItem, Title } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { sessionQuery, signIn, signInWaysQuery } from '../../api/session.ts';
import icon from '../../app/icon.svg';
import { Field } from '../../parts/field.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import './sign-in.css';

/** How long somebody has stopped typing before it is asked how that space is signed in to, in milliseconds. */
const PAUSE_MS = 400;

interface SignInPageProps {
  /** Of who was signed in until now: why he is not any more. */
  readonly endedWhy?: string | undefined;
}

/** Asks who one is. The address space decides how: by a password, or at a provider elsewhere. */
export default function SignInPage({ endedWhy }: SignInPageProps) {
  const client = useQueryClient();
  const [space, setSpace] = useState(() => spaceOf(window.location));
  const [typed, setTyped] = useState(false);
  const [asked, setAsked] = useState(space);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const { data: ways, error } = useQuery(signInWaysQuery(asked));
  const signingIn = useMutation({
    mutationFn: signIn,
    onSuccess: visit => client.setQueryData(sessionQuery.queryKey, visit),
    // Whoever has typed it wrong types all of it again.
    onError: () => setPassword(''),
  });
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    document.title = 'Sign in · Angarium';
    // There is nothing else to do here; and whoever was somewhere on a page that is gone now is nowhere.
    form.current?.querySelector('input')?.focus();
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(space), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [space]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // Whoever says ada@acme means no other space, whatever page was open.
    const said = typed || !user.includes('@') ? space : '';
    signingIn.mutate({ ...(said !== '' && { addressSpace: said }), user, password });
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
            {endedWhy !== undefined && !signingIn.error && ways?.problem === undefined && (
              <StackItem>
                <Alert isInline isLiveRegion variant="info" component="p" title="Your session has ended">
                  {endedWhy}
                </Alert>
              </StackItem>
            )}
            {ways?.problem !== undefined && (
              <StackItem>
                <Alert isInline isLiveRegion variant="danger" component="p" title="You could not be signed in">
                  {ways.problem}
                </Alert>
              </StackItem>
            )}
            <ProblemAlert error={signingIn.error ?? error} {...(signingIn.error && { title: 'You could not be signed in' })} />
            <StackItem>
              {/* Checked by the browser: what it fills in by itself is seen there first. */}
              <Form ref={form} onSubmit={submit} noValidate={false}>
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
                  onChange={next => {
                    setSpace(next);
                    setTyped(true);
                  }}
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
                <Button component="a" href={`${href}${pageQuery(window.location)}`} variant="secondary" isBlock>
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

/** The address space of the page that was asked for: whoever looks at it is most likely of that one. */
function spaceOf({ pathname, search }: Location): string {
  const encoded = /^\/ui\/spaces\/([^/]+)/.exec(pathname)?.[1] ?? '';
  try {
    return new URLSearchParams(search).get('space') ?? decodeURIComponent(encoded);
  } catch {
    // A link that is not encoded as it should be names no space.
    return '';
  }
}

/** Where the provider's way back leads to: the page that was asked for. */
function pageQuery({ pathname, search }: Location): string {
  return pathname.startsWith('/ui/') && pathname !== '/ui/' ? `?page=${encodeURIComponent(`${pathname}${search}`)}` : '';
}
