/** A client that asks one thing at a time. */

export class Asker {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(65_536);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay(true);
  }

  static async connect(port: number): Promise<Asker> {
    return new Asker(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Reports where `client` is, now. */
  async report(client: string): Promise<string> {
    return await this.#ask(`IAMAT ${client} +34.068930-118.445127 ${(Date.now() / 1000).toFixed(3)}\n`, "\n");
  }

  /** Whether the server knows `client`. */
  async knows(client: string): Promise<boolean> {
    return (await this.#ask(`WHATSAT ${client} 0 0\n`, "\n\n")).startsWith("AT ");
  }

  close(): void {
    this.#conn.close();
  }

  async #ask(line: string, ending: string): Promise<string> {
    await this.#conn.write(new TextEncoder().encode(line));
    let reply = "";
    while (!reply.endsWith(reply.startsWith("?") ? "\n" : ending)) {
      const count = await this.#conn.read(this.#buffer);
      if (count === null) throw new Error("the server closed the session");
      reply += new TextDecoder().decode(this.#buffer.subarray(0, count));
    }
    return reply;
  }
}
