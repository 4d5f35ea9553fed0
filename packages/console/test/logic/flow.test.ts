import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOX_HEIGHT, layFlow } from '../../src/logic/flow-layout.ts';
import { type FlowEdge, type FlowNode, filterFlow } from '../../src/logic/flow-picture.ts';

const client = (name: string): FlowNode => ({ id: `client:${name}`, kind: 'client', name, detail: '' });
const address = (name: string): FlowNode => ({ id: `address:${name}`, kind: 'address', name, type: 'queue', detail: '' });
const sends = (from: string, to: string, state: FlowEdge['state'] = 'flowing'): FlowEdge => ({
  from: `client:${from}`,
  to: `address:${to}`,
  kind: 'sends',
  count: 1,
  state,
});
const receives = (from: string, to: string): FlowEdge => ({
  from: `address:${from}`,
  to: `client:${to}`,
  kind: 'receives',
  count: 1,
  state: 'idle',
});
const leads = (from: string, to: string): FlowEdge => ({
  from: `address:${from}`,
  to: `address:${to}`,
  kind: 'dead-letter',
  count: 0,
  state: 'idle',
});

test('messages go from left to right, and who sends and receives stands at both ends', () => {
  const { boxes, lines, width, height } = layFlow({
    nodes: [client('shop'), address('orders'), address('dead'), client('billing')],
    edges: [sends('shop', 'orders'), receives('orders', 'billing'), leads('orders', 'dead'), receives('dead', 'shop')],
  });
  const x = new Map(boxes.map(box => [box.key, box.x]));
  const from = ['client:shop>', 'address:orders', 'address:dead', '>client:shop'].map(key => x.get(key)!);
  assert.deepEqual(
    from,
    from.toSorted((one, other) => one - other),
  );
  assert.equal(new Set(from).size, 4, 'each in a column of its own');
  assert.equal(x.get('>client:billing'), x.get('>client:shop'));
  assert.equal(lines.length, 4);
  assert.ok(boxes.every(box => box.x >= 0 && box.x < width && box.y >= 0 && box.y + BOX_HEIGHT <= height));
});

test('lines that need not cross do not', () => {
  const names = ['a', 'b', 'c', 'd'];
  const crossed = layFlow({
    nodes: [...names.map(client), ...names.map(address)],
    edges: names.map((name, at) => sends(name, names[names.length - 1 - at]!)),
  });
  const y = new Map(crossed.boxes.map(box => [box.key, box.y]));
  for (const { edge } of crossed.lines) assert.equal(y.get(`${edge.from}>`), y.get(edge.to));
});

test('a line to a later column passes by the boxes of those between', () => {
  const { boxes, lines } = layFlow({
    nodes: [address('orders'), address('dead'), client('billing')],
    edges: [leads('orders', 'dead'), receives('orders', 'billing')],
  });
  const between = boxes.find(({ node }) => node.name === 'dead')!;
  const { path } = lines.find(({ edge }) => edge.kind === 'receives')!;
  const lane = Number(/([\d.]+) H/.exec(path.replaceAll(',', ' '))![1]);
  assert.ok(lane < between.y || lane > between.y + BOX_HEIGHT, `${lane} is beside ${between.y}`);
});

test('addresses that lead to each other in a circle are drawn as well, and so are those without links', () => {
  const { boxes, lines } = layFlow({
    nodes: [address('one'), address('two'), address('alone'), client('looker')],
    edges: [leads('one', 'two'), leads('two', 'one'), leads('one', 'one')],
  });
  assert.equal(boxes.length, 4);
  assert.equal(lines.length, 3);
  assert.deepEqual(layFlow({ nodes: [], edges: [] }), { boxes: [], lines: [], width: 0, height: 0 });
});

test('no two boxes stand in the same place, however many there are', () => {
  const names = Array.from({ length: 100 }, (_, at) => `n${at}`);
  const { boxes } = layFlow({
    nodes: [...names.map(client), ...names.map(address)],
    edges: names.flatMap((name, at) => [sends(name, names[(at * 7) % 100]!), receives(name, names[(at * 3) % 100]!)]),
  });
  assert.equal(new Set(boxes.map(({ x, y }) => `${x} ${y}`)).size, boxes.length);
});

test('a filter leaves what is called so, with all that messages come from or go to', () => {
  const picture = {
    nodes: [client('shop'), client('other'), address('orders'), address('dead'), address('else'), client('billing')],
    edges: [
      sends('shop', 'orders'),
      sends('other', 'orders', 'blocked'),
      sends('other', 'else'),
      leads('orders', 'dead'),
      receives('dead', 'billing'),
    ],
  };
  const names = (filter: Parameters<typeof filterFlow>[1]) => filterFlow(picture, filter).nodes.map(({ name }) => name);
  assert.deepEqual(names({ text: 'DEAD', trouble: false }), ['shop', 'other', 'orders', 'dead', 'billing']);
  assert.deepEqual(names({ text: 'shop', trouble: false }), ['shop', 'orders', 'dead', 'billing'], 'not who else sends there');
  assert.deepEqual(names({ text: 'else', trouble: false }), ['other', 'else'], 'what a client has besides is another matter');
  assert.deepEqual(names({ text: '', trouble: true }), ['other', 'orders']);
  assert.deepEqual(names({ text: 'billing', trouble: true }), []);
  assert.equal(filterFlow(picture, { text: '', trouble: false }).edges, picture.edges);
});
