import { SASL_AUTH, SASL_OK, type SaslFrame, type SaslOutcome } from '@angarium/codec-amqp';
import { ScramClient } from '@angarium/transport';
import type { ClientMechanism, Credentials } from './connector-spec.ts';

/** What there is to log in with. */
export interface Login {
  readonly credentials: Credentials | undefined;
  /** Absent: the strongest that is offered. */
  readonly mechanism: ClientMechanism | undefined;
  /** TLS has shown a certificate of ours. */
  readonly certificate: boolean;
  /** Told the server, which may have several tenants. */
  readonly hostname: string | undefined;
}

/** What comes of a frame of the server. */
export type SaslStep =
  | { readonly kind: 'answer'; readonly frame: SaslFrame }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly why: string };

const WITH_PASSWORD: readonly ClientMechanism[] = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'];
const NO_BYTES = new Uint8Array(0);

/** The client's side of SASL (part 5, section 5.3): chooses a mechanism, and proves who we are. */
export class SaslClient {
  readonly #login: Login;
  #mechanism: ClientMechanism | undefined;
  #scram: ScramClient | undefined;
  /** SCRAM: the server has proved that it knows the password. */
  #verified = false;

  constructor(login: Login) {
    this.#login = login;
  }

  /** The mechanism that was chosen, once it is. */
  get mechanism(): ClientMechanism | undefined {
    return this.#mechanism;
  }

  /** Takes a frame of the server; `done` is called once, at once or later. */
  take(frame: SaslFrame, done: (step: SaslStep) => void): void {
    if (frame.kind === 'sasl-mechanisms' && this.#mechanism === undefined) return done(this.#begin(frame.mechanisms));
    if (frame.kind === 'sasl-challenge' && this.#mechanism !== undefined) return this.#respond(frame.challenge, done);
    if (frame.kind === 'sasl-outcome' && this.#mechanism !== undefined) return done(this.#end(frame));
    done({ kind: 'failed', why: `the remote sent ${frame.kind} where it has no place` });
  }

  #begin(offered: readonly string[]): SaslStep {
    const { credentials, mechanism: wanted, certificate, hostname } = this.#login;
    const possible = credentials ? WITH_PASSWORD : certificate ? (['EXTERNAL', 'ANONYMOUS'] as const) : (['ANONYMOUS'] as const);
    const mechanism = (wanted ? [wanted] : possible).find(each => offered.includes(each));
    if (mechanism === undefined) {
      const needed = wanted ?? possible.join(' or ');
      return {
        kind: 'failed',
        why: `the remote offers ${offered.join(', ') || 'no mechanism'}, and not ${needed}: ${this.#advice(offered)}`,
      };
    }
    this.#mechanism = mechanism;
    const initialResponse = this.#initialResponse(mechanism);
    return { kind: 'answer', frame: { kind: 'sasl-init', mechanism, initialResponse, ...(hostname !== undefined && { hostname }) } };
  }

  #advice(offered: readonly string[]): string {
    if (this.#login.mechanism !== undefined) return 'choose another mechanism, or none';
    if (this.#login.credentials) return 'leave the credentials out, or let the remote take a password';
    return offered.some(each => WITH_PASSWORD.includes(each as ClientMechanism)) ? 'give credentials' : 'give what it asks for';
  }

  #initialResponse(mechanism: ClientMechanism): Uint8Array {
    const { user, password } = this.#login.credentials ?? { user: '', password: '' };
    switch (mechanism) {
      case 'ANONYMOUS':
      case 'EXTERNAL':
        return NO_BYTES;
      case 'PLAIN':
        // RFC 4616: [authorization identity] NUL user NUL password.
        return Buffer.from(`\0${user}\0${password}`);
      default:
        this.#scram = new ScramClient(mechanism, { user, password });
        return this.#scram.first;
    }
  }

  #respond(challenge: Uint8Array, done: (step: SaslStep) => void): void {
    const scram = this.#scram;
    const respond = (response: Uint8Array): void => done({ kind: 'answer', frame: { kind: 'sasl-response', response } });
    // EXTERNAL, for a server that asks whom we want to be: whom the certificate says.
    if (!scram) return respond(NO_BYTES);
    if (Buffer.from(challenge).toString().startsWith('v=')) {
      // Some servers say their last word as a challenge, and the outcome after it.
      this.#verified = scram.verify(challenge);
      return respond(NO_BYTES);
    }
    scram.final(challenge, answer => {
      if ('message' in answer) respond(answer.message);
      else done({ kind: 'failed', why: `SCRAM with the remote failed: ${answer.why}` });
    });
  }

  #end({ code, additionalData }: SaslOutcome): SaslStep {
    if (code === SASL_AUTH) return { kind: 'failed', why: this.#refused() };
    if (code !== SASL_OK) return { kind: 'failed', why: `the remote cannot check who we are (sasl code ${code}): see its log` };
    if (this.#scram && !this.#verified && !this.#scram.verify(additionalData ?? NO_BYTES))
      return { kind: 'failed', why: 'the remote does not prove that it knows the password, and may be another than it says' };
    return { kind: 'done' };
  }

  #refused(): string {
    const { credentials } = this.#login;
    if (credentials) return `the remote refuses the user ${credentials.user}: correct user or password`;
    return this.#mechanism === 'EXTERNAL'
      ? 'the remote refuses our certificate: is its user known there?'
      : 'the remote lets nobody in without credentials: give some';
  }
}
