import { printFacts } from '../facts.ts';
import { print, printJson } from '../output.ts';
import { ageOf } from '../resources/columns.ts';
import type { ResourceKind } from '../resources/kind-names.ts';
import { relatedOf } from '../resources/related.ts';
import { ResourceClient, type ResourceDocument } from '../resources/resource-client.ts';
import type { TargetOptions } from '../target.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Everything about one document, in words. */
export async function describe(kindName: string, name: string, options: TargetOptions & { readonly json?: boolean }): Promise<void> {
  const client = await ResourceClient.of(options);
  const kind = await client.kind(kindName);
  const document = await client.get(kind, client.space, name);
  const related = await relatedOf(client, kind, document);
  if (options.json) return printJson({ ...document, related });
  const { metadata, spec = {}, status = {} } = document;
  const { conditions = [], ...rest } = status as { readonly conditions?: readonly Condition[] };
  printFacts({ name: metadata.name, kind: kind.kind, ...metadataFacts(kind, document) });
  section('Spec', spec);
  section('Status', rest);
  if (conditions.length > 0) print('\nConditions');
  for (const { type, status: holds, reason, message } of conditions)
    print(
      `  ${holds === 'True' ? type : `not ${type}${reason === undefined ? '' : `, ${reason}`}`}${message === undefined ? '' : `: ${message}`}`,
    );
  if (related.length > 0) print('\nRelated');
  for (const { how, what } of related) print(`  ${what}: ${how}`);
}

function metadataFacts({ namespaced }: ResourceKind, document: ResourceDocument): Readonly<Record<string, unknown>> {
  const { addressSpace, creationTimestamp, deletionTimestamp, generation, resourceVersion, labels, annotations, finalizers } =
    document.metadata;
  return {
    ...(namespaced && { space: addressSpace }),
    ...(creationTimestamp !== undefined && { created: `${creationTimestamp} (${ageOf(document)} ago)` }),
    ...(deletionTimestamp !== undefined && { deleted: `${deletionTimestamp}, and waits for its finalizers` }),
    version: `${resourceVersion} (generation ${generation})`,
    ...(labels && { labels: pairs(labels) }),
    ...(annotations && { annotations: pairs(annotations) }),
    ...(finalizers && { finalizers }),
  };
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

function section(title: string, facts: Readonly<Record<string, unknown>>): void {
  if (Object.keys(facts).length === 0) return;
  print(`\n${title}`);
  printFacts(facts, '  ');
}
