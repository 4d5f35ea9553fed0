import { test } from 'node:test';
import { MQTT_ATTACKS } from '../fuzz/attacks/mqtt/index.ts';
import { besiege } from './support/besiege.ts';

test('hostile MQTT peers get an error or the end, and nobody else is the worse for it', t => besiege(t, MQTT_ATTACKS));
