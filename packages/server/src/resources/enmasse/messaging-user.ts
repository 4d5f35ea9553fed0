import { type Fields, fieldsOf, listOf, placeOf, type Translation, TranslationError, textOf } from './translation.ts';

const OPERATIONS: Readonly<Record<string, string>> = { send: 'send', recv: 'receive', view: 'view', manage: 'manage' };
const AUTHENTICATIONS: Readonly<Record<string, string>> = {
  password: 'password',
  federated: 'federated',
  serviceaccount: 'service-account',
};

/** MessagingUser of user.enmasse.io/v1beta1. */
export function translateMessagingUser(translation: Translation): void {
  const { space } = placeOf(translation.metadata);
  const { username, authentication, authorization, ...rest } = translation.spec;
  translation.leave(rest, 'spec');
  translation.add('User', space, textOf(username, 'spec.username'), {
    authentication: authentication === undefined ? undefined : authenticationOf(translation, fieldsOf(authentication)),
    authorization: authorization === undefined ? undefined : listOf(authorization).map(rule => ruleOf(translation, rule)),
  });
}

function authenticationOf(translation: Translation, authentication: Fields): Fields {
  const { type = 'password', password, ...rest } = authentication;
  const ours = AUTHENTICATIONS[String(type)];
  if (ours === undefined)
    throw new TranslationError(`spec.authentication.type, ${String(type)}, is none of ${Object.keys(AUTHENTICATIONS).join(', ')}.`);
  translation.leave(rest, 'spec.authentication');
  // EnMasse writes passwords in base64.
  return { type: ours, ...(typeof password === 'string' && { password: Buffer.from(password, 'base64').toString('utf8') }) };
}

function ruleOf(translation: Translation, { operations, addresses, ...rest }: Fields): Fields {
  translation.leave(rest, 'spec.authorization');
  const named = Array.isArray(operations) ? operations.map(String) : [];
  const unknown = named.find(operation => OPERATIONS[operation] === undefined);
  if (unknown !== undefined)
    throw new TranslationError(`spec.authorization.operations has ${unknown}, which is none of ${Object.keys(OPERATIONS).join(', ')}.`);
  // Without addresses, an operation is one of the whole space.
  return { actions: named.map(operation => OPERATIONS[operation]), addresses: Array.isArray(addresses) ? addresses : ['*'] };
}
