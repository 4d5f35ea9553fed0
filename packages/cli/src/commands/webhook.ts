import { readFile } from 'node:fs/promises';
import { ApiClient, type WebhookDocument } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly json?: boolean;
}

interface CreateOptions extends Options {
  readonly mode?: string;
  readonly secretFile?: string;
  readonly authorizationFile?: string;
  readonly inFlightMax?: number;
  readonly timeout?: number;
  readonly attemptsMax?: number;
  readonly retry?: number;
  readonly retryMax?: number;
}

export async function createWebhook(name: string, address: string, url: string, options: CreateOptions): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const { mode, inFlightMax, timeout: timeoutMs, attemptsMax, retry: retryMs, retryMax: retryMaxMs } = options;
  const secret = await secretOf(options.secretFile);
  const authorization = await secretOf(options.authorizationFile);
  const spec = { address, url, mode, secret, authorization, inFlightMax, timeoutMs, attemptsMax, retryMs, retryMaxMs };
  const made = await api.post<WebhookDocument>(api.webhookPath(), { metadata: { name }, spec });
  if (options.json) return printJson(made);
  print(`webhook ${name} created: ${address} → ${url}`);
  if (secret === undefined) print(`secret: ${made.spec.secret} (it is not shown again)`);
}

async function secretOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new CommandError('usage', `The file ${file} cannot be read: ${(error as Error).message}`, error);
  }
}

export async function listWebhooks(options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const webhooks = await api.all<WebhookDocument>(api.webhookPath());
  if (options.json) return printJson(webhooks);
  if (webhooks.length === 0) return print('There are no webhooks yet. Create one: angarium webhook create NAME ADDRESS URL');
  const rows = webhooks.map(({ metadata, spec, status }) => [
    metadata.name,
    spec.address,
    spec.url,
    status.phase,
    status.accepted,
    status.failures,
    status.rejected,
    status.inFlight,
  ]);
  print(formatTable(['name', 'address', 'url', 'phase', 'accepted', 'failures', 'rejected', 'in flight'], rows));
}

export async function getWebhook(name: string, options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const webhook = await api.get<WebhookDocument>(api.webhookPath(name));
  if (options.json) return printJson(webhook);
  const facts = Object.entries({ name: webhook.metadata.name, ...webhook.spec, ...webhook.status });
  const width = Math.max(...facts.map(([key]) => key.length));
  for (const [key, value] of facts) print(`${key.padEnd(width)}  ${value}`);
}

export async function deleteWebhook(name: string, options: Options): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  await api.delete(api.webhookPath(name));
  if (options.json) printJson({ deleted: name });
  else print(`webhook ${name} deleted`);
}
