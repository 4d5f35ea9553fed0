import { Alert, AlertGroup, Card, CardBody, CardTitle, Label, PageSection, Stack, StackItem } from '@patternfly/react-core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { documentsQuery, type ResourceDocument } from '../../api/documents.ts';
import { API, call } from '../../api/request.ts';
import { expiryOf } from '../../logic/expiry.ts';
import { Asking } from '../../parts/asking.tsx';
import { CopyBlock } from '../../parts/copy-block.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

/** A certificate that the server shows clients. */
interface Certificate {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly names: readonly string[];
    readonly subject: string;
    readonly issuer: string;
    readonly validFrom: string;
    readonly expires: string;
    readonly fingerprint: string;
    readonly clientAuthorities: boolean;
  };
}

type Endpoint = ResourceDocument<object, { readonly url: string }>;

/** Certificates change rarely; a minute is soon enough to see that a new one is in use, in milliseconds. */
const REFRESH_MS = 60_000;

const certificatesQuery = queryOptions({
  queryKey: ['certificates'],
  queryFn: async ({ signal }) => (await call<{ readonly items: readonly Certificate[] }>(`${API}/certificates`, { signal })).items,
  refetchInterval: REFRESH_MS,
});

const urlOf = ({ status }: Endpoint): string => status?.url ?? '';
const isEncrypted = (endpoint: Endpoint): boolean => /^\w*s:/.test(urlOf(endpoint));

const ENDPOINTS: readonly Column<Endpoint>[] = [
  { key: 'name', title: 'Protocol', cell: ({ metadata }) => metadata.name, width: '8rem', narrow: true },
  { key: 'url', title: 'Where clients connect', cell: urlOf, narrow: true },
  { key: 'tls', title: 'Security', cell: endpoint => (isEncrypted(endpoint) ? 'TLS' : 'not encrypted'), width: '9rem' },
];

const LABELS = { fine: 'success', warning: 'warning', danger: 'danger' } as const;

const CERTIFICATES: readonly Column<Certificate>[] = [
  { key: 'name', title: 'Name', cell: ({ metadata }) => metadata.name, width: '8rem', narrow: true },
  {
    key: 'expires',
    title: 'Expires',
    cell: ({ status: { expires } }) => {
      const { severity, words } = expiryOf(expires, Date.now());
      return (
        <Label isCompact status={LABELS[severity]} title={new Date(expires).toLocaleString()}>
          {words}
        </Label>
      );
    },
    width: '11rem',
    narrow: true,
  },
  { key: 'names', title: 'For the names', cell: ({ status }) => <span title={status.names.join(', ')}>{status.names.join(', ')}</span> },
  { key: 'subject', title: 'Made out to', cell: ({ status }) => status.subject },
  { key: 'issuer', title: 'Signed by', cell: ({ status }) => <span title={status.issuer}>{status.issuer}</span> },
  {
    key: 'clients',
    title: 'Clients',
    cell: ({ status }) => (status.clientAuthorities ? 'may show theirs' : 'show none'),
    width: '9rem',
  },
  {
    key: 'fingerprint',
    title: 'Fingerprint',
    cell: ({ status }) => <span title={status.fingerprint}>{status.fingerprint}</span>,
  },
];

/** Where the server listens, with which certificates, and until when those are good. */
export default function CertificatesPage() {
  const endpoints = useQuery(documentsQuery<Endpoint>('Endpoint', ''));
  const certificates = useQuery(certificatesQuery);
  return (
    <>
      <PageHeader title="Certificates" description="Where the server listens, and what it proves with to clients of TLS who it is." />
      <PageSection isFilled>
        <Stack hasGutter>
          <StackItem>
            <ProblemAlert error={endpoints.error ?? certificates.error} />
            <Warnings certificates={certificates.data ?? []} />
          </StackItem>
          <StackItem>
            <Card>
              <CardTitle component="h2">Certificates</CardTitle>
              <CardBody>
                {certificates.data ? (
                  <DataTable
                    label="Certificates"
                    columns={CERTIFICATES}
                    rows={certificates.data}
                    rowKey={({ metadata, status }) => `${metadata.name} ${status.fingerprint}`}
                    empty={<NoCertificates />}
                  />
                ) : (
                  !certificates.error && <Asking />
                )}
              </CardBody>
            </Card>
          </StackItem>
          <StackItem>
            <Card>
              <CardTitle component="h2">Endpoints</CardTitle>
              <CardBody>
                {endpoints.data ? (
                  <DataTable label="Endpoints" columns={ENDPOINTS} rows={endpoints.data} rowKey={({ metadata }) => metadata.name} />
                ) : (
                  !endpoints.error && <Asking />
                )}
              </CardBody>
            </Card>
          </StackItem>
        </Stack>
      </PageSection>
    </>
  );
}

function Warnings({ certificates }: { readonly certificates: readonly Certificate[] }) {
  const soon = certificates
    .map(({ metadata: { name }, status: { expires } }) => ({ name, expires, ...expiryOf(expires, Date.now()) }))
    .filter(({ severity }) => severity !== 'fine');
  return (
    <AlertGroup aria-label="Needs attention">
      {soon.map(({ name, expires, severity, words }) => (
        <Alert
          key={`${name} ${expires}`}
          isInline
          component="h2"
          variant={severity === 'danger' ? 'danger' : 'warning'}
          title={`The certificate ${name} ${words}`}
        >
          It, or one that leads to its authority, is good until {new Date(expires).toLocaleString()}. Put a new one in the place of its
          file: the server reads it again by itself, and connections stay. Clients that check certificates are refused by TLS afterwards.
        </Alert>
      ))}
    </AlertGroup>
  );
}

function NoCertificates() {
  return (
    <>
      <NothingHere title="No endpoint speaks TLS">
        Messages and passwords travel as they are. For other machines than this one, start the server with a certificate; to begin with,
        this makes one:
      </NothingHere>
      <CopyBlock
        label="the commands"
        text={`angarium certificate dev
angarium up --amqps 5671 --mqtts 8883 --https 8443 \\
  --tls-certificate certificates/server.pem --tls-key certificates/server-key.pem`}
      />
    </>
  );
}
