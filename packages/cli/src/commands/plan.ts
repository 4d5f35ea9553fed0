import { ApiClient } from '../api-client.ts';
import { printDeleted } from '../deleted.ts';
import { CommandError } from '../exit-code.ts';
import { printFacts } from '../facts.ts';
import { print, printJson } from '../output.ts';
import { type SpecDocument, specOfFlags } from '../spec-flags.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly json?: boolean;
}

interface PlanDocument {
  readonly metadata: { readonly name: string; readonly addressSpace: string };
  readonly spec: SpecDocument;
  readonly status: { readonly addresses: number };
}

interface CreateOptions extends Options {
  readonly file?: string;
  readonly replace?: boolean;
}

export async function createPlan(name: string | undefined, options: CreateOptions): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const flags = specOfFlags(options as Readonly<Record<string, unknown>>);
  const plans = await plansOf(name, options.file);
  for (const plan of plans) {
    const spec = { ...plan.spec, ...flags };
    const made = options.replace
      ? await api.put<PlanDocument>(api.planPath(plan.name), { spec })
      : await api.post<PlanDocument>(api.planPath(), { metadata: { name: plan.name }, spec });
    if (options.json) printJson(made);
    else print(`plan ${plan.name} is in force for ${made.status.addresses} addresses`);
  }
}

async function plansOf(name: string | undefined, file: string | undefined): Promise<{ name: string; spec: SpecDocument }[]> {
  if (file !== undefined) {
    const { readDocuments } = await import('../documents.ts');
    return await readDocuments(file, 'AddressPlan', name);
  }
  if (name === undefined) throw new CommandError('usage', 'Name the plan, or give a file: --file FILE.');
  return [{ name, spec: {} }];
}

export async function listPlans(options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const plans = await api.all<PlanDocument>(api.planPath());
  if (options.json) return printJson(plans);
  if (plans.length === 0) return print('There are no plans yet. Create one: angarium plan create small --messages-max 1000');
  const rows = plans.map(({ metadata, spec, status }) => [metadata.name, status.addresses, Object.keys(spec).join(', ')]);
  print(formatTable(['name', 'addresses', 'says'], rows));
}

export async function getPlan(name: string, options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const plan = await api.get<PlanDocument>(api.planPath(name));
  if (options.json) return printJson(plan);
  printFacts({ name: plan.metadata.name, space: plan.metadata.addressSpace, ...plan.spec, ...plan.status });
}

export async function deletePlan(name: string, options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  printDeleted('plan', name, await api.delete(api.planPath(name)), options.json);
}
