import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFieldSelector, parseLabelSelector } from '../../src/resources/label-selector.ts';

const LABELS = { app: 'shop', tier: 'front', 'example.org/owner': 'ada', empty: '' };

for (const [selector, selected] of [
  ['', true],
  ['app=shop', true],
  ['app==shop', true],
  ['app=bank', false],
  ['app!=bank', true],
  ['app!=shop', false],
  ['other!=x', true],
  ['app in (shop, bank)', true],
  ['app in (bank)', false],
  ['other in (x)', false],
  ['app notin (bank,post)', true],
  ['app notin (shop)', false],
  ['other notin (x)', true],
  ['app', true],
  ['other', false],
  ['!other', true],
  ['!app', false],
  ['empty=', true],
  ['app=', false],
  ['example.org/owner=ada', true],
  ['app=shop,tier=front', true],
  ['app=shop, tier in (front, back), !other', true],
  ['app=shop,tier=back', false],
] as const)
  test(`the selector ${JSON.stringify(selector)} takes ${selected ? 'the' : 'not the'} document`, () => {
    assert.equal(parseLabelSelector(selector)?.(LABELS), selected);
  });

for (const text of ['=', 'a=b=c', 'a in b', 'a in (b', 'a,,b', 'a b', '!', '-a=b', 'a>1'])
  test(`${JSON.stringify(text)} is no selector`, () => {
    assert.equal(parseLabelSelector(text), undefined);
  });

test('a selector of fields names a document', () => {
  assert.equal(parseFieldSelector('metadata.name=a/b'), 'a/b');
  assert.equal(parseFieldSelector('metadata.name==a'), 'a');
  assert.equal(parseFieldSelector('spec.type=queue'), undefined);
});
