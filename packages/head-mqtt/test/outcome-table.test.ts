import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayCarry } from '@angarium/codec-mqtt';
import { MQTT_OUTCOMES } from '../src/outcome-table.ts';

test('[MQTT-3.4.2-1] [MQTT-3.5.2-1] every outcome has a reason code that PUBACK and PUBREC may carry', () => {
  for (const [kind, code] of Object.entries(MQTT_OUTCOMES.outcomes))
    for (const packet of ['puback', 'pubrec'] as const) assert.ok(mayCarry(packet, code), `${kind}: ${packet} ${code}`);
});

test('[MQTT-3.9.3-2] [MQTT-3.14.2-1] every refusal has a reason code that the packet which says it may carry', () => {
  for (const [refusal, { publish, subscribe, disconnect }] of Object.entries(MQTT_OUTCOMES.refusals)) {
    for (const [packet, code] of [
      ['puback', publish],
      ['pubrec', publish],
      ['suback', subscribe],
      ['disconnect', disconnect],
    ] as const) {
      assert.ok(mayCarry(packet, code), `${refusal}: ${packet} ${code}`);
      assert.ok(code >= 0x80, `${refusal}: ${packet} ${code}`);
    }
  }
});
