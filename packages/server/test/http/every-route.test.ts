import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';

/** What an OpenAPI document says of one path. */
type Operations = Readonly<Record<string, { readonly operationId: string; readonly requestBody?: object }>>;

test('every operation checks what it is asked with: none of them answers nonsense with a mistake of the server', async () => {
  await using server = await startTestServer({ amqp: 'off', mqtt: 'off' });
  const { paths } = (await (await fetch(`${server.http}/openapi.json`)).json()) as { paths: Readonly<Record<string, Operations>> };
  const mistakes: string[] = [];
  let asked = 0;
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { operationId, requestBody }] of Object.entries(operations)) {
      const url = `${server.http}${path.replaceAll(/\{\w+\}/g, 'none')}?nonsense=1`;
      const body = requestBody && { headers: { 'content-type': 'application/json' }, body: '{"nonsense":1}' };
      // Where a route leads to is asked by itself.
      const answer = await fetch(url, { method: method.toUpperCase(), redirect: 'manual', ...body });
      await answer.body?.cancel();
      if (answer.status >= 500) mistakes.push(`${operationId}: ${answer.status}`);
      asked++;
    }
  assert.deepEqual(mistakes, []);
  assert.ok(asked > 80, `only ${asked} operations were asked`);
});
