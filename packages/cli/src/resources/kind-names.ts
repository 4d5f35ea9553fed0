/** The version of documents that are ours. */
export const DOCUMENTS = 'angarium.dev/v1';

/** A kind of declared document, as the server says it. */
export interface ResourceKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singularName: string;
  /** Its documents are in an address space. */
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** What people type for a kind. */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  ad: 'Address',
  ap: 'AddressPlan',
  as: 'AddressSpace',
  asp: 'AddressSpacePlan',
  exp: 'AddressExport',
  imp: 'AddressImport',
  auth: 'AuthenticationService',
  con: 'Connector',
  ep: 'Endpoint',
  fw: 'Forwarder',
  ro: 'Role',
  rb: 'RoleBinding',
  us: 'User',
};

/** The kind that is meant by `Address`, `address`, `addresses` or `ad`. */
export function kindNamed(kinds: readonly ResourceKind[], name: string): ResourceKind | undefined {
  const text = name.toLowerCase();
  const short = Object.hasOwn(SHORT_NAMES, text) ? SHORT_NAMES[text] : undefined;
  return kinds.find(({ kind, plural, singularName }) => kind === short || plural === text || singularName === text);
}

/** Documents of this kind can be written. */
export function isWritten({ verbs }: ResourceKind): boolean {
  return verbs.includes('update');
}

/** How a document is called in what commands print: `address/orders`. */
export function callingName({ singularName }: ResourceKind, name: string): string {
  return `${singularName}/${name}`;
}
