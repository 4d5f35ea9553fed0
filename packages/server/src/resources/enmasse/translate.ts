import { translateAddress } from './address.ts';
import { translateAddressSpace } from './address-space.ts';
import { translateMessagingUser } from './messaging-user.ts';
import { translateAddressPlan, translateAddressSpacePlan } from './plans.ts';
import { type Fields, type Known, Translation } from './translation.ts';

/** Kinds of EnMasse that are understood, by `apiVersion kind`. `space`: where what has no place of its own is made. */
export const ENMASSE_KINDS: Readonly<Record<string, (translation: Translation, space: string) => void>> = {
  'enmasse.io/v1beta1 AddressSpace': translateAddressSpace,
  'enmasse.io/v1beta1 Address': translateAddress,
  'user.enmasse.io/v1beta1 MessagingUser': translateMessagingUser,
  'admin.enmasse.io/v1beta2 AddressPlan': translateAddressPlan,
  'admin.enmasse.io/v1beta2 AddressSpacePlan': translateAddressSpacePlan,
};

/** Documents of ours that say what this one of EnMasse does; undefined: it is none. Throws `TranslationError`. */
export function translate(document: Fields, space: string, known: Known): Translation | undefined {
  const translator = ENMASSE_KINDS[`${String(document.apiVersion)} ${String(document.kind)}`];
  if (!translator) return undefined;
  const translation = new Translation(document, known);
  translator(translation, space);
  return translation;
}
