/** Whether a numeric address is of this machine's loopback: 127.0.0.0/8, ::1, or the first written as IPv6. */
export function isLoopback(host: string): boolean {
  return host === "::1" || /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(host);
}
