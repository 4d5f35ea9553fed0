import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { Broker, type Principal, SPACE_DEFAULT, serverPrincipal } from '@angarium/core';
import { openAudit } from './audit/open-audit.ts';
import { openDataDirectory } from './data-directory.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import { TokenUses } from './identity/token-uses.ts';
import { createLogger, reportTo } from './logger.ts';
import { openLog } from './open-log.ts';
import type { Documents } from './resources/documents.ts';
import { openResources } from './resources/open-resources.ts';

/** The declared documents of a data directory that no server uses. */
export interface OfflineDocuments {
  readonly documents: Documents;
  /** As whom documents are written: who has the directory may do everything. */
  readonly principal: Principal;
}

/**
 * Opens the log of a data directory, which is made where there is none, lets `work` read and write its documents, and closes it when all of that is
 * on disk. Throws `StartError` where a server uses the directory.
 */
export async function withOfflineDocuments<Result>(folder: string, work: (offline: OfflineDocuments) => Promise<Result>): Promise<Result> {
  await using opened = new AsyncDisposableStack();
  const logger = createLogger({ level: 'silent', format: 'json' });
  const directory = await openDataDirectory(folder, logger);
  const report = (): void => {};
  const broker = new Broker({ turn: new EventLoopTurn(), report, autoCreate: false, addressesMax: 1, randomName: randomUUID });
  const log = await openLog(directory.logPath, broker, reportTo(logger), undefined);
  opened.defer(() => log.close());
  opened.defer(() => {
    for (const space of broker.spaces.values()) space.wills.stop();
  });
  await new Promise<void>(resolve => broker.start(log, resolve));
  const resources = openResources({
    broker,
    report,
    containerId: directory.containerId,
    endpoints: () => ({}),
    connections: () => [],
    connectors: () => undefined,
    tokenUses: new TokenUses(),
    onSpaceEnd: report,
  });
  resources.start(() => {});
  opened.defer(() => resources.stop());
  const audit = openAudit(directory.path, report);
  opened.defer(() => audit.close());
  // Who has the directory is somebody of the operating system.
  const { username: user } = userInfo();
  broker.revisions.listen(({ what, kind, name, space }) =>
    audit.record({
      user,
      protocol: 'data directory',
      action: what,
      kind,
      name,
      ...(space !== '' && { addressSpace: space }),
      outcome: 'done',
    }),
  );
  return await work({ documents: resources.documents, principal: serverPrincipal(SPACE_DEFAULT) });
}
