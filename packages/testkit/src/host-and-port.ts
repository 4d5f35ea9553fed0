/** Of an endpoint's URL; port 0 where the protocol is off. */
export function hostAndPort(url = 'off://off:0'): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
