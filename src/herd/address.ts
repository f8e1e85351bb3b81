/** Whether a numeric address is of this machine's loopback: 127.0.0.0/8, ::1, or the first written as IPv6. */
export function isLoopback(host: string): boolean {
  return host === "::1" || /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(host);
}

/** Whether a host, as a user writes it, is of this machine's loopback. A name but `localhost` may mean anything. */
export function isLoopbackHost(host: string): boolean {
  return host.toLowerCase() === "localhost" || isLoopback(numericHost(host) ?? host);
}

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** A numeric address in the one form in which two can be compared; undefined where `host` is none. */
export function numericHost(host: string): string | undefined {
  if (IPV4.test(host)) return host;
  if (!/^[0-9a-f:.]*$/i.test(host) || !URL.canParse(`http://[${host}]`)) return undefined;
  const canonical = new URL(`http://[${host}]`).hostname.slice(1, -1);
  // An IPv4 address written as IPv6 is what a socket open to both says of a peer that uses the first.
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low].map((word) => parseInt(word, 16)).flatMap((word) => [word >> 8, word & 0xff]).join(".");
}
