export { BACKUP_MEDIA_TYPE, BackupError, type BackupManifest } from './backup-format.ts';
export { readBackup } from './read-backup.ts';
export { restoreBackup } from './restore-backup.ts';
export { type BackupCounts, type VerifiedBackup, verifyBackup } from './verify-backup.ts';
