/** Raw echo on Deno, plain read and write loops: the ceiling of what the runtime's sockets give. `echo_deno.ts PORT` */

const READ_BYTES = 65_536;

async function echo(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(READ_BYTES);
  try {
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) break;
      for (let at = 0; at < count;) at += await conn.write(buffer.subarray(at, count));
    }
  } catch { /* The peer is gone. */ }
  conn.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
for (;;) echo(await listener.accept());
