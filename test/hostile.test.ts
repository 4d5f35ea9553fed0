import { test } from 'node:test';
import { ATTACKS } from '../fuzz/attacks/index.ts';
import { besiege } from './support/besiege.ts';

test('hostile peers get an error or the end, and nobody else is the worse for it', t => besiege(t, ATTACKS));
