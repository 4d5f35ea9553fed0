export type { MqttConnection } from './connection.ts';
export { MQTT_LIMITS, type MqttLimits } from './limits.ts';
export { MqttHead, type MqttHeadOptions } from './mqtt-head.ts';
export { MQTT_OUTCOMES } from './outcome-table.ts';
