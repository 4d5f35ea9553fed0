import { Alert, AlertGroup, Card, CardBody, CardTitle, Label, PageSection, Stack, StackItem } from '@patternfly/react-core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { documentsQuery, type ResourceDocument } from '../../api/documents.ts';
import { API, call } from '../../api/request.ts';
import { useSearchState } from '../../app/parameters.ts';
import { expiryOf } from '../../logic/expiry.ts';
import { counted } from '../../logic/units.ts';
import { Asking } from '../../parts/asking.tsx';
import { CopyBlock } from '../../parts/copy-block.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
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

/** Certificates that are shown at a time, and warnings that are told one by one. */
const CARDS_MAX = 20;
const TOLD_MAX = 5;

const LABELS = { fine: 'success', warning: 'warning', danger: 'danger' } as const;

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
          {certificates.data && <Certificates certificates={certificates.data} />}
          {certificates.data?.length === 0 && (
            <StackItem>
              <NoCertificates />
            </StackItem>
          )}
          {!certificates.data && !certificates.error && <Asking />}
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

/** All of them, or where there are very many, those that somebody looks for. */
function Certificates({ certificates }: { readonly certificates: readonly Certificate[] }) {
  const [{ text }, setSearch] = useSearchState({ text: '' });
  const part = text.toLowerCase();
  const found = certificates.filter(({ metadata, status }) => [metadata.name, ...status.names].join(' ').toLowerCase().includes(part));
  return (
    <>
      {certificates.length > CARDS_MAX && (
        <StackItem>
          <FilterBar
            label="Filter certificates"
            text={text}
            onText={next => setSearch({ text: next })}
            shown={`${Math.min(CARDS_MAX, found.length)} of ${counted(certificates.length, 'certificate')}`}
          />
        </StackItem>
      )}
      {found.slice(0, CARDS_MAX).map(certificate => (
        <StackItem key={`${certificate.metadata.name} ${certificate.status.fingerprint}`}>
          <CertificateCard certificate={certificate} />
        </StackItem>
      ))}
    </>
  );
}

/** One certificate, with all that somebody compares it by. */
function CertificateCard({ certificate: { metadata, status } }: { readonly certificate: Certificate }) {
  const { names, subject, issuer, validFrom, expires, fingerprint, clientAuthorities } = status;
  const { severity, words } = expiryOf(expires, Date.now());
  return (
    <Card>
      <CardTitle component="h2">
        The certificate {metadata.name}{' '}
        <Label isCompact status={LABELS[severity]}>
          {words}
        </Label>
      </CardTitle>
      <CardBody>
        <Facts
          facts={[
            { term: 'For the names', value: names.join(', ') },
            { term: 'Made out to', value: subject },
            { term: 'Signed by', value: issuer },
            { term: 'Good from', value: new Date(validFrom).toLocaleString() },
            { term: 'Good until', value: new Date(expires).toLocaleString() },
            { term: 'Clients', value: clientAuthorities ? 'may show certificates of their own' : 'show no certificates' },
            { term: 'SHA-256 fingerprint', value: <span className="angarium-long">{fingerprint}</span> },
          ]}
        />
      </CardBody>
    </Card>
  );
}

function Warnings({ certificates }: { readonly certificates: readonly Certificate[] }) {
  const soon = certificates
    .map(({ metadata: { name }, status: { expires } }) => ({ name, expires, ...expiryOf(expires, Date.now()) }))
    .filter(({ severity }) => severity !== 'fine');
  return (
    <AlertGroup aria-label="Needs attention">
      {soon.slice(0, TOLD_MAX).map(({ name, expires, severity, words }) => (
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
      {soon.length > TOLD_MAX && (
        <Alert isInline component="h2" variant="warning" title={`So it is with ${counted(soon.length - TOLD_MAX, 'more certificate')}`} />
      )}
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
  --tls-certificate certificates/server.pem --tls-key certificates/server.key`}
      />
    </>
  );
}
