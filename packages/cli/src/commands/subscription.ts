import { ApiClient } from '../api-client.ts';
import { print, printJson } from '../output.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly json?: boolean;
}

interface SubscriptionDocument {
  readonly name?: string;
  readonly durable: boolean;
  readonly shared: boolean;
  readonly pattern?: string;
  readonly selector?: string;
  readonly consumers: number;
  readonly stored: number;
  readonly storedBytes: number;
  readonly unsettled: number;
}

export async function listSubscriptions(topic: string, options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const subscriptions = await api.all<SubscriptionDocument>(`${api.addressPath(topic)}/subscriptions`);
  if (options.json) return printJson(subscriptions);
  if (subscriptions.length === 0) return print(`Nobody subscribes to ${topic}.`);
  const rows = subscriptions.map(({ name, durable, shared, pattern, selector, consumers, stored, storedBytes, unsettled }) => [
    name ?? '(private)',
    [durable && 'durable', shared && 'shared'].filter(Boolean).join(' '),
    pattern ?? '',
    selector ?? '',
    consumers,
    stored,
    storedBytes,
    unsettled,
  ]);
  print(formatTable(['name', 'kind', 'pattern', 'selector', 'consumers', 'stored', 'bytes', 'unsettled'], rows));
}

export async function deleteSubscription(topic: string, name: string, options: Options & { readonly force?: boolean }): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  await api.delete(`${api.addressPath(topic)}/subscriptions/${encodeURIComponent(name)}${options.force ? '?force=true' : ''}`);
  if (options.json) printJson({ deleted: name });
  else print(`subscription ${name} of ${topic} deleted`);
}
