/** A wire between two neighbors, through which each dials the other: it can be cut, stall and be slow. */
import type { Buffer } from "node:buffer";
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "../conformance/harness.ts";
import type { CutHow } from "./plan.ts";

/** One direction of a wire. */
class Flow {
  /** How long each piece is kept. One is on its way at a time, and no further one is read: nothing piles up here. */
  delayMs = 0;
  #stalled: Promise<void> | undefined;
  #release: () => void = () => {};

  stall(): void {
    this.#stalled ??= new Promise((resolve) => this.#release = resolve);
  }

  goOn(): void {
    this.#stalled = undefined;
    this.#release();
  }

  /** Resolves when what was read may be handed on. */
  async passed(): Promise<void> {
    while (this.#stalled !== undefined) await this.#stalled;
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
  }
}

/** Where one server dials the other. */
class Proxy {
  readonly port: number;
  readonly #target: number;
  readonly #forth: Flow;
  readonly #back: Flow;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isCut = false;

  private constructor(port: number, target: number, forth: Flow, back: Flow) {
    this.port = port;
    this.#target = target;
    this.#forth = forth;
    this.#back = back;
    this.#server = createServer({ allowHalfOpen: true }, (dialer) => this.#take(dialer));
  }

  static async start(target: number, forth: Flow, back: Flow): Promise<Proxy> {
    const proxy = new Proxy(await freePort(), target, forth, back);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(proxy.port, "127.0.0.1", () => resolve());
    });
    return proxy;
  }

  breakAll(how: CutHow): void {
    for (const socket of this.#sockets) {
      if (how === "reset") socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  async close(): Promise<void> {
    this.isCut = true;
    this.breakAll("close");
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #take(dialer: Socket): void {
    if (this.isCut) {
      dialer.on("error", () => {});
      dialer.destroy();
      return;
    }
    const target = connect({ host: "127.0.0.1", port: this.#target, allowHalfOpen: true });
    this.#join(dialer, target, this.#forth);
    this.#join(target, dialer, this.#back);
  }

  #join(from: Socket, to: Socket, flow: Flow): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    let handedOn = Promise.resolve();
    from.on("data", (bytes: Buffer) => {
      from.pause();
      handedOn = handedOn.then(async () => {
        await flow.passed();
        if (!to.destroyed && !to.write(bytes)) await drained(to);
        from.resume();
      });
    });
    from.on("end", () => handedOn.then(() => to.end()));
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}

export class Wire {
  readonly #ends: readonly [string, string];
  readonly #flows: readonly [Flow, Flow];
  readonly #proxies: readonly [Proxy, Proxy];

  private constructor(ends: readonly [string, string], flows: [Flow, Flow], proxies: [Proxy, Proxy]) {
    this.#ends = ends;
    this.#flows = flows;
    this.#proxies = proxies;
  }

  /** @param ports where the two servers listen. */
  static async start(ends: readonly [string, string], ports: readonly [number, number]): Promise<Wire> {
    const flows: [Flow, Flow] = [new Flow(), new Flow()];
    const [forth, back] = flows;
    const proxies: [Proxy, Proxy] = [
      await Proxy.start(ports[1], forth, back),
      await Proxy.start(ports[0], back, forth),
    ];
    return new Wire(ends, flows, proxies);
  }

  /** The port at which `server` finds its neighbor. */
  portFor(server: string): number {
    return this.#proxies[this.#ends.indexOf(server) === 0 ? 0 : 1].port;
  }

  cut(how: CutHow): void {
    for (const proxy of this.#proxies) {
      proxy.isCut = true;
      proxy.breakAll(how);
    }
  }

  mend(): void {
    for (const proxy of this.#proxies) proxy.isCut = false;
  }

  /** Reads nothing any more; what comes from `from` alone, where that is given. Nobody is told. */
  stall(from?: string): void {
    this.#flows.forEach((flow, i) => {
      if (from === undefined || this.#ends[i] === from) flow.stall();
    });
  }

  goOn(): void {
    for (const flow of this.#flows) flow.goOn();
  }

  set delayMs(ms: number) {
    for (const flow of this.#flows) flow.delayMs = ms;
  }

  async close(): Promise<void> {
    this.goOn();
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}
