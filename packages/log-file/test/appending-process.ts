/**
 * Appends numbered records to the log in the directory of the first argument until it is killed, and says after each sync how many are
 * durable. Goes on with the numbers after what is there.
 */
import { openLog } from './open-log.ts';
import { appendText, RecordingOwner, syncAll } from './recording-owner.ts';

const owner = new RecordingOwner();
const log = await openLog(process.argv[2]!, owner);
let count = owner.replayed.length;
// All of them fit in the first segment, which stays for as long as it is the current one.
for (;;) {
  for (let at = 0; at < 50; at++) appendText(log, `record ${count++}`);
  await syncAll(log, owner);
  process.stdout.write(`${count}\n`);
}
