import { type Fields, fieldsOf, listOf, type Translation, TranslationError, textOf } from './translation.ts';

/** What EnMasse's own installation calls its authentication by built-in users. */
const BUILT_IN = 'standard-authservice';

/** AddressSpace of enmasse.io/v1beta1. */
export function translateAddressSpace(translation: Translation): void {
  const name = textOf(translation.metadata.name, 'metadata.name');
  const { type, plan, authenticationService, endpoints, connectors, ...rest } = translation.spec;
  if (type !== undefined && type !== 'standard' && type !== 'brokered')
    throw new TranslationError(`spec.type, ${String(type)}, is neither standard nor brokered.`);
  translation.leave(rest, 'spec');
  const { name: service, ...others } = fieldsOf(authenticationService);
  translation.leave(others, 'spec.authenticationService');
  const hostnames = listOf(endpoints).flatMap(endpoint => hostnamesOf(translation, endpoint));
  translation.add('AddressSpace', '', name, {
    plan: translation.named('AddressSpacePlan', '', plan, 'spec.plan'),
    hostnames: hostnames.length > 0 ? hostnames : undefined,
    authentication:
      service === BUILT_IN ? undefined : translation.named('AuthenticationService', '', service, 'spec.authenticationService.name'),
  });
  for (const connector of listOf(connectors)) translateConnector(translation, name, connector);
}

/** Of an endpoint, the name by which clients reach it says something here: listeners are the server's. */
function hostnamesOf(translation: Translation, { name, service, expose, ...rest }: Fields): string[] {
  const path = `spec.endpoints(${String(name ?? service)})`;
  const { routeHost, ...others } = fieldsOf(expose);
  translation.leave(rest, path);
  translation.leave(others, `${path}.expose`);
  return typeof routeHost === 'string' ? [routeHost] : [];
}

function translateConnector(translation: Translation, space: string, connector: Fields): void {
  const { name, endpointHosts, idleTimeout, tls, credentials, addresses, ...rest } = connector;
  const path = `spec.connectors(${String(name)})`;
  const [first, ...failover] = listOf(endpointHosts).map(({ host, port }) => ({ host, ...(port !== undefined && { port }) }));
  translation.leave(rest, path);
  if (addresses !== undefined)
    translation.warn(`${path}.addresses: what is behind a connector is reached by Forwarder documents: declare one for each address`);
  const { username, password } = fieldsOf(credentials);
  const [user, secret] = [
    valueGiven(translation, username, `${path}.credentials.username`),
    valueGiven(translation, password, `${path}.credentials.password`),
  ];
  const ca = valueGiven(translation, fieldsOf(tls).caCert, `${path}.tls.caCert`);
  translation.add('Connector', space, textOf(name, 'spec.connectors.name'), {
    ...first,
    failover: failover.length > 0 ? failover : undefined,
    idleTimeoutMs: typeof idleTimeout === 'number' ? idleTimeout * 1000 : undefined,
    tls: tls === undefined ? undefined : { ...(ca !== undefined && { ca }) },
    credentials: user === undefined || secret === undefined ? undefined : { user, password: secret },
  });
}

/** EnMasse gives a value, or says in which Secret of Kubernetes it is. */
function valueGiven(translation: Translation, given: unknown, path: string): string | undefined {
  const { value, valueFromSecret } = fieldsOf(given);
  if (valueFromSecret !== undefined) translation.warn(`${path}.valueFromSecret: Secrets of Kubernetes are not read: give the value`);
  return typeof value === 'string' ? value : undefined;
}
