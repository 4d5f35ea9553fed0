/** Application properties of an event begin so (CloudEvents AMQP binding 1.0, section 3.1.3); the first is what we write, both are read. */
export const CLOUD_EVENT_PREFIXES = ['cloudEvents:', 'cloudEvents_'] as const;
