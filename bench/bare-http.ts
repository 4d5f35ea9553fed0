/**
 * What `node:http` alone does with a POST: it reads the body and answers 202. The reference for messages that are sent over HTTP; prints its port.
 *
 *     node bench/bare-http.ts
 */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.on('data', () => {});
  request.on('end', () => {
    response.writeHead(202, ['content-length', '0']);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') process.stdout.write(`${address.port}\n`);
});
