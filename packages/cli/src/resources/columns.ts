import type { ResourceDocument } from './resource-client.ts';

type Cell = string | number;

/** A column of the table of a kind. */
interface Column {
  readonly title: string;
  readonly cell: (document: ResourceDocument) => unknown;
  /** Only in wide tables. */
  readonly wide?: true;
}

/** A column of a field, such as `spec.type`. */
function field(path: string, title = path.slice(path.lastIndexOf('.') + 1)): Column {
  return { title, cell: document => valueAt(document, path) };
}

const wide = (column: Column): Column => ({ ...column, wide: true });

const says: Column = { title: 'says', cell: ({ spec = {} }) => Object.keys(spec).join(', ') };

/** What people want to know first of each kind; of one that is not here, its phase. */
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Address: [
    field('spec.type'),
    wide(field('spec.plan')),
    field('status.producers'),
    field('status.consumers'),
    field('status.stored'),
    wide(field('status.storedBytes', 'bytes')),
    wide(field('status.unsettled')),
  ],
  AddressPlan: [field('status.addresses'), says],
  AddressSpace: [
    field('spec.plan'),
    field('status.addresses'),
    field('status.connections'),
    field('status.users'),
    wide(field('spec.hostnames')),
    wide(field('spec.authentication')),
  ],
  AddressSpacePlan: [field('status.addressSpaces', 'spaces'), says],
  AuthenticationService: [field('spec.type'), wide(field('spec.issuer'))],
  AddressExport: [field('spec.address'), field('spec.to')],
  AddressImport: [field('spec.from.space', 'from'), field('spec.from.address', 'address')],
  Connector: [field('spec.host'), wide(field('spec.port')), field('status.forwarders')],
  Endpoint: [field('status.url')],
  Forwarder: [field('spec.connector'), field('spec.direction'), field('spec.address'), field('status.messages')],
  Role: [{ title: 'rules', cell: ({ spec }) => (spec?.rules as readonly unknown[] | undefined)?.length }],
  RoleBinding: [field('spec.role'), { title: 'subjects', cell: ({ spec }) => subjectsOf(spec?.subjects) }],
  User: [
    { title: 'authentication', cell: document => valueAt(document, 'spec.authentication.type') },
    field('spec.groups'),
    { title: 'state', cell: ({ spec }) => (spec?.disabled === true ? 'disabled' : 'enabled') },
  ],
};

/** The head of the table of a kind, and its rows. */
export interface Columns {
  readonly titles: readonly string[];
  readonly row: (document: ResourceDocument) => Cell[];
}

export function columnsOf(
  kind: string,
  options: { readonly wide: boolean; readonly spaces: boolean; readonly hasPhase: boolean },
): Columns {
  const columns: readonly Column[] = [
    ...(options.spaces ? [field('metadata.addressSpace', 'space')] : []),
    field('metadata.name'),
    ...(COLUMNS[kind] ?? []).filter(column => options.wide || !column.wide),
    ...(options.hasPhase ? [{ title: 'phase', cell: phaseOf }] : []),
    { title: 'age', cell: ageOf },
    ...(options.wide ? [{ title: 'labels', cell: labelsOf }] : []),
  ];
  return {
    titles: columns.map(({ title }) => title),
    row: document => columns.map(({ cell }) => shown(cell(document))),
  };
}

function phaseOf({ metadata, status }: ResourceDocument): unknown {
  return metadata.deletionTimestamp === undefined ? status?.phase : 'Terminating';
}

function labelsOf({ metadata }: ResourceDocument): string {
  return Object.entries(metadata.labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** How long it has been there, in its largest unit. */
export function ageOf({ metadata }: ResourceDocument): string {
  if (metadata.creationTimestamp === undefined) return '';
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(metadata.creationTimestamp)) / 1000));
  const units: readonly (readonly [unit: string, seconds: number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ];
  const unit = units.find(([, of]) => seconds >= of);
  return unit ? `${Math.floor(seconds / unit[1])}${unit[0]}` : `${seconds}s`;
}

function subjectsOf(subjects: unknown): string {
  return ((subjects ?? []) as readonly Readonly<Record<string, string>>[])
    .map(({ user, group }) => (user === undefined ? `group ${group}` : user))
    .join(', ');
}

function shown(value: unknown): Cell {
  if (typeof value === 'number') return value;
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** The value at a path such as `status.stored`. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((of, name) => (of as Readonly<Record<string, unknown>> | undefined)?.[name], value);
}
