/** The limits of an address space, as people call them. */
export const LIMITS = [
  { field: 'addressesMax', label: 'Addresses', help: undefined },
  { field: 'connectionsMax', label: 'Connections', help: 'At a time, of all protocols.' },
  { field: 'linksMax', label: 'Links', help: 'Of AMQP connections, at a time.' },
  { field: 'sessionsMax', label: 'MQTT sessions', help: 'Those without a connection, too.' },
  { field: 'messagesMax', label: 'Messages stored', help: undefined },
  { field: 'bytesMax', label: 'Bytes stored', help: undefined },
  { field: 'messageSizeBytesMax', label: 'Bytes of one message', help: undefined },
  { field: 'messagesPerSecondMax', label: 'Messages a second', help: 'What is beyond is read later.' },
  { field: 'bytesPerSecondMax', label: 'Bytes a second', help: 'What is beyond is read later.' },
  { field: 'connectionsPerSecondMax', label: 'New connections a second', help: undefined },
] as const;

/** A merge patch: what is empty is removed. */
export function limitsPatch(limits: Readonly<Record<string, string>>): Record<string, number | null> {
  return Object.fromEntries(
    LIMITS.map(({ field }) => {
      const text = limits[field] ?? '';
      return [field, text === '' ? null : Number(text)];
    }),
  );
}
