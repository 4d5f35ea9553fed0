import type { AddressTabProps } from './route.tsx';

export function SettingsTab({ address }: AddressTabProps) {
  return <pre>{JSON.stringify(address.spec, undefined, 2)}</pre>;
}
