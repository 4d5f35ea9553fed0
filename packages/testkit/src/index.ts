export { type CertificateAuthority, certificateAuthority, type IssuedCertificate, type IssueOptions } from './certificate-authority.ts';
export { findProgram, hasProton, runProton, runPython, skipWithout } from './foreign-programs.ts';
export { hostAndPort } from './host-and-port.ts';
export { type CommandResult, type RunOptions, runCommand, runProgram } from './run-command.ts';
export { ScramClient } from './scram-client.ts';
export { silentPeer } from './silent-peer.ts';
export { type SpawnedServer, type SpawnOptions, spawnServer } from './spawn-server.ts';
export { startTestServer, type TestServer } from './start-test-server.ts';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
