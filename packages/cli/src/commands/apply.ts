import { parseLabelSelector } from '@angarium/server/label-selector';
import { confirm } from '../confirm.ts';
import { CommandError } from '../exit-code.ts';
import { inTurn } from '../in-turn.ts';
import { print, printJson, remark } from '../output.ts';
import { type Applied, applyManifest } from '../resources/apply-client.ts';
import { callingName, kindNamed } from '../resources/kind-names.ts';
import { type Manifest, readManifests } from '../resources/manifest.ts';
import { APPLIED } from '../resources/plain-document.ts';
import { documentKey, type Found, listFound, removeFound } from '../resources/removal.ts';
import { ResourceClient } from '../resources/resource-client.ts';
import { coloured } from '../resources/unified-diff.ts';
import type { TargetOptions } from '../target.ts';

/** Documents that the server is asked to take at a time: those that wait for the disk wait together. */
const AT_ONCE = 8;

export interface ApplyOptions extends TargetOptions {
  readonly file: readonly string[];
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly prune?: boolean;
  readonly selector?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const OUTCOMES = { created: 'created', changed: 'configured', unchanged: 'unchanged', deleted: 'deleted' } as const;

export async function apply(options: ApplyOptions): Promise<void> {
  if (options.prune && options.selector === undefined)
    throw new CommandError('usage', 'Say what --prune may delete by its labels: --prune -l app=shop.');
  if (!options.prune && (options.selector !== undefined || options.force))
    throw new CommandError('usage', '--selector and --force are for --prune: say --prune too.');
  const manifests = await readManifests(options.file);
  const client = await ResourceClient.of(options);
  refuseTwice(manifests, client.space);
  if (options.selector !== undefined) refuseOthers(manifests, options.selector);
  const applied = await applyAll(client, manifests, options);
  if (options.prune) await prune(client, applied, options);
}

/** Makes all of it so, and says of each what has become of it; throws when some were refused, after it has tried the others. */
export async function applyAll(
  client: ResourceClient,
  manifests: readonly Manifest[],
  options: Pick<ApplyOptions, 'dryRun' | 'diff' | 'json' | 'prune'>,
): Promise<Applied[]> {
  const names = new Set(manifests.map(({ name }) => name));
  const wish = { dryRun: options.dryRun ?? false, diff: options.diff ?? false, names };
  const applied: Applied[] = [];
  let failures = 0;
  // A document waits for those of kinds that it may need.
  for (const group of await inOrder(client, manifests))
    for await (const result of inTurn(group, AT_ONCE, manifest => applyManifest(client, manifest, wish))) {
      if (result instanceof CommandError) {
        if (result.reason === 'unreachable') throw result;
        failures++;
        remark(`angarium: ${result.message}`);
      } else {
        applied.push(result);
        show(result, client, options);
      }
    }
  // After all else, where they are seen.
  for (const { manifest, warnings } of applied) for (const words of warnings) remark(`${manifest.where()}: warning: ${words}`);
  if (failures === 0) return applied;
  const refused = `${failures} of ${manifests.length} documents ${wish.dryRun ? 'would be' : failures === 1 ? 'was' : 'were'} refused`;
  throw new CommandError('failed', `${refused}${options.prune ? ', and nothing is pruned' : ''}.`);
}

/** Two documents of one name would take turns. */
function refuseTwice(manifests: readonly Manifest[], space: string): void {
  const first = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const key = JSON.stringify([manifest.apiVersion, manifest.kind, manifest.space ?? space, manifest.metadata.namespace, manifest.name]);
    const other = first.get(key);
    if (other)
      throw new CommandError(
        'usage',
        `${manifest.where()} is the ${manifest.kind} ${manifest.name} again: it is in ${other.where()} already.`,
      );
    first.set(key, manifest);
  }
}

/** What has not the labels would never be pruned. */
function refuseOthers(manifests: readonly Manifest[], selector: string): void {
  const matches = parseLabelSelector(selector);
  if (matches === undefined) throw new CommandError('usage', `The selector ${selector} is not like app=shop,tier!=test.`);
  for (const { metadata, kind, name, where } of manifests)
    if (!matches((metadata.labels ?? {}) as Readonly<Record<string, string>>))
      throw new CommandError(
        'usage',
        `${where(['metadata', 'labels'])}: the ${kind} ${name} has not the labels ${selector}, so that a later --prune would not find it: give it those.`,
      );
}

/** Documents by their kinds, those that others need first. A kind that is not ours is of the rank of ours of the same name. */
async function inOrder(client: ResourceClient, manifests: readonly Manifest[]): Promise<Manifest[][]> {
  const kinds = await client.kinds();
  const groups = Array.from({ length: kinds.length + 1 }, (): Manifest[] => []);
  for (const manifest of manifests) {
    const kind = kindNamed(kinds, manifest.kind === 'MessagingUser' ? 'User' : manifest.kind);
    groups[kind ? kinds.indexOf(kind) : kinds.length]!.push(manifest);
  }
  return groups;
}

function show({ items, needs }: Applied, client: ResourceClient, options: Pick<ApplyOptions, 'dryRun' | 'json'>): void {
  for (const { outcome, document, diff } of items) {
    const { name, addressSpace } = document.metadata;
    if (options.json) {
      printJson({
        kind: document.kind,
        name,
        ...(addressSpace !== undefined && { addressSpace }),
        outcome: OUTCOMES[outcome],
        ...(diff && { diff }),
      });
      continue;
    }
    if (diff) print(process.stdout.isTTY && !process.env.NO_COLOR ? coloured(diff) : diff);
    const place = addressSpace === undefined || addressSpace === client.space ? '' : ` in ${addressSpace}`;
    const dry = options.dryRun ? ' (dry run)' : '';
    const notes =
      needs !== undefined ? `, not checked: it needs ${needs}` : diff === '' && outcome === 'changed' ? ', in what is not shown' : '';
    print(`${document.kind.toLowerCase()}/${name} ${OUTCOMES[outcome]}${place}${notes}${dry}`);
  }
}

/** Deletes what was applied with these labels before, and is not among what was applied now. */
async function prune(client: ResourceClient, applied: readonly Applied[], options: ApplyOptions): Promise<void> {
  const documents = applied.flatMap(({ items }) => items.map(({ document }) => document));
  const kept = new Set(documents.map(({ kind, metadata }) => documentKey(kind, metadata.addressSpace ?? '', metadata.name)));
  const spaces = new Set([client.space, ...documents.flatMap(({ metadata }) => metadata.addressSpace ?? [])]);
  const found: Found[] = [];
  for (const each of await listFound(client, spaces, options.selector!))
    if (
      each.document.metadata.annotations?.[APPLIED] !== undefined &&
      !kept.has(documentKey(each.kind.kind, each.space, each.document.metadata.name))
    )
      found.push(each);
  if (found.length === 0) return;
  const names = found.map(({ kind, document }) => callingName(kind, document.metadata.name));
  if (!options.yes && !options.dryRun) {
    for (const name of names) remark(`to be deleted: ${name}`);
    await confirm(`Delete ${found.length === 1 ? 'this document' : `these ${found.length} documents`}?`);
  }
  await removeFound(client, found, options);
}
