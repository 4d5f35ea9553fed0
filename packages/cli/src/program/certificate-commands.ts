import type { Command } from 'commander';
import { collect } from '../option-types.ts';
import { forServer } from './for-server.ts';

export function addCertificate(program: Command): void {
  const certificate = program.command('certificate').description('Make certificates for development, and see what a server has.');
  certificate
    .command('dev')
    .description(
      'Make certificates for development: an authority, once; a server’s for this machine; and for clients. What is there and good is kept.',
    )
    .option('--dir <folder>', 'Where they are.', './certificates')
    .option('--name <name>', 'A further host name or address of the server; may be given more than once.', collect)
    .option('--client <user>', 'Make a certificate for this client too.')
    .option('--json', 'Print JSON, for programs.')
    .action(async options => (await import('../commands/certificate.ts')).developmentCertificates(options));
  forServer(certificate.command('list').alias('ls').description('List the certificates that a server shows, and when they expire.')).action(
    async options => (await import('../commands/certificate.ts')).listCertificates(options),
  );
}
