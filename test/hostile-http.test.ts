import { test } from 'node:test';
import { HTTP_ATTACKS } from '../fuzz/attacks/http.ts';
import { besiege } from './support/besiege.ts';

test('hostile HTTP peers get an error or the end, and nobody else is the worse for it', t => besiege(t, HTTP_ATTACKS));
