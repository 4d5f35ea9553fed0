import { type Auth, type Connect, REASON } from '@angarium/codec-mqtt';
import { Principal } from '@angarium/core';
import {
  type Access,
  type Denial,
  type Exchange,
  type ExchangeReply,
  isScram,
  type Mechanism,
  type Origin,
  type Peer,
} from '@angarium/transport';

/** What a CONNECT or an AUTH has come to. */
export type AuthenticationStep =
  /** The client has to answer this. */
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  | { readonly kind: 'accepted'; readonly principal: Principal; readonly data?: Uint8Array }
  | { readonly kind: 'refused'; readonly reasonCode: number; readonly why: string };

type Done = (step: AuthenticationStep) => void;

const NO_BYTES = new Uint8Array(0);

/**
 * Who a client is: by user name and password, or, in MQTT 5.0, by a method of several messages (section 4.12), whose names are those of SASL. With such
 * a method it may say so again at any time.
 */
export class Authentication {
  /** That the CONNECT names. */
  method: Mechanism | undefined;
  readonly #access: Access;
  readonly #origin: Origin;
  #exchange: Exchange | undefined;
  /** The exchange has not answered yet. */
  #pending = false;
  #principal: Principal | undefined;

  constructor(access: Access, peer: Peer) {
    this.#access = access;
    this.#origin = { peer };
  }

  /** `done` is called once, at once or later. */
  connect({ properties, userName, password }: Connect, done: Done): void {
    const mechanisms = this.#access.mechanisms(this.#origin.peer);
    const name = properties?.authenticationMethod;
    if (name !== undefined) {
      this.method = mechanisms.filter(isMethod).find(offered => offered === name);
      // [MQTT-4.12.0-1]
      if (!this.method) return done(refused(REASON.badAuthenticationMethod, `the authentication method ${name} is not offered`));
      return this.#begin(properties?.authenticationData, done);
    }
    const credentials = { user: userName ?? '', password: new TextDecoder().decode(password) };
    // Credentials mean nothing where there are no users, as mosquitto has it: anonymous access takes everybody.
    const nameless = password === undefined && (userName === undefined || this.#origin.peer.tls?.certificate !== undefined);
    if (nameless || !mechanisms.includes('PLAIN')) done(accepted(this.#access.nameless(this.#origin), REASON.notAuthorized));
    else this.#access.password(credentials, this.#origin, answer => done(accepted(answer, REASON.badUserNameOrPassword)));
  }

  /** An AUTH of the client, before its CONNACK or later. `done` is called once, at once or later. */
  auth({ reasonCode, properties }: Auth, done: Done): void {
    const wrong = this.#refuseAuth(reasonCode, properties?.authenticationMethod);
    if (wrong !== undefined) return done(refused(REASON.protocolError, wrong));
    if (reasonCode === REASON.reauthenticate) this.#begin(properties?.authenticationData, done);
    else this.#step(properties?.authenticationData, done);
  }

  #refuseAuth(reasonCode: number, method: string | undefined): string | undefined {
    // [MQTT-4.12.0-7]
    if (this.method === undefined) return 'AUTH came without an authentication method in CONNECT';
    // [MQTT-4.12.0-5], [MQTT-4.12.1-1]
    if (method !== this.method) return 'AUTH names another authentication method than CONNECT';
    if (this.#pending) return 'AUTH came before the one of before was answered';
    if (reasonCode === REASON.continueAuthentication) return this.#exchange ? undefined : 'AUTH goes on with nothing';
    if (reasonCode !== REASON.reauthenticate) return 'AUTH says that the client has authenticated the server';
    return this.#principal && !this.#exchange ? undefined : 'AUTH begins while another authentication is under way';
  }

  #begin(data: Uint8Array | undefined, done: Done): void {
    this.#exchange = this.#access.begin(this.method!, this.#origin);
    this.#step(data, done);
  }

  #step(data: Uint8Array | undefined, done: Done): void {
    this.#pending = true;
    this.#exchange!.step(data ?? NO_BYTES, reply => {
      this.#pending = false;
      if (reply.kind !== 'challenge') this.#exchange = undefined;
      done(this.#stepOf(reply));
    });
  }

  #stepOf(reply: ExchangeReply): AuthenticationStep {
    if (reply.kind === 'challenge') return reply;
    if (reply.kind === 'failure') return refused(REASON.notAuthorized, reply.why);
    const { principal, data } = reply;
    // A session is its user's.
    if (this.#principal && (this.#principal.user !== principal.user || this.#principal.space !== principal.space))
      return refused(REASON.notAuthorized, 'another user than before has come');
    this.#principal = principal;
    return { kind: 'accepted', principal, ...(data && { data }) };
  }
}

/** Mechanisms that CONNECT has no other way for. */
function isMethod(mechanism: Mechanism): boolean {
  return isScram(mechanism) || mechanism === 'OAUTHBEARER' || mechanism === 'XOAUTH2';
}

function accepted(answer: Principal | Denial, otherwise: number): AuthenticationStep {
  if (answer instanceof Principal) return { kind: 'accepted', principal: answer };
  const { why, temporary } = answer;
  return refused(temporary ? REASON.serverBusy : otherwise, why);
}

function refused(reasonCode: number, why: string): AuthenticationStep {
  return { kind: 'refused', reasonCode, why };
}
