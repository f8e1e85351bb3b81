/** One neighbor: dialed until there is a link, and dialed again when it drops, for as long as the server runs. */
import { errorMessage } from "../log/error_text.ts";
import type { Address, Connection, DialTls, Timer } from "../runtime/runtime.ts";
import { isLoopback } from "./address.ts";
import type { Hello } from "./handshake.ts";
import { Lag } from "./lag.ts";
import { Link, type LinkContext, type LinkOwner, type NeighborMemory, SERVER_STOPS } from "./link.ts";
import { redialDelayMs } from "./redial.ts";
import type { ServerPlace } from "./topology.ts";

const BOTH_DIALED = "both dialed at once";

export class Neighbor implements LinkOwner {
  readonly memory: NeighborMemory;
  /** Names of which its certificate must have one. */
  readonly certifiedNames: readonly string[];
  readonly #context: LinkContext;
  readonly #address: Address;
  readonly #canDial: boolean;
  /** The link that is up. */
  #link: Link | undefined;
  /** Our own dial, once connected: its handshake is going on. */
  #dialing: Link | undefined;
  #timer: Timer | undefined;
  #connecting: AbortController | undefined;
  #tries = 0;
  #stopped = false;
  /** The last trouble told to people, which is not told again until it changes. */
  #told = "";

  constructor(context: LinkContext, place: ServerPlace, index: number, patience: Uint8Array) {
    this.#context = context;
    this.#address = { host: place.host, port: place.port };
    this.#canDial = place.dialsOnly !== true;
    this.certifiedNames = this.#canDial ? [place.name, place.host] : [place.name];
    this.memory = {
      name: place.name,
      index,
      held: undefined,
      keepsAll: true,
      run: undefined,
      knownFrom: 0,
      lag: new Lag(context.runtime.clock),
      patience,
    };
  }

  get name(): string {
    return this.memory.name;
  }

  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  get dueChanges(): number {
    return this.#link?.dueChanges ?? 0;
  }

  get behindMs(): number {
    return this.memory.lag.ms;
  }

  start(): void {
    if (this.#canDial) this.#dial();
  }

  /** Dials no more, and lets the neighbor have what is due to it. Resolves once there is no link. */
  async leave(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#connecting?.abort();
    this.#dialing?.close(SERVER_STOPS);
    await this.#link?.leave();
  }

  stop(): void {
    this.#link?.close(SERVER_STOPS);
  }

  flood(): void {
    this.#link?.flood();
  }

  tick(): void {
    this.#link?.tick();
  }

  /** Whether whoever said hello on `connection` can be this neighbor: with TLS a certificate must say so. */
  isProvedBy(connection: Connection): boolean {
    if (this.#context.tls === undefined) return true;
    return this.certifiedNames.some((name) => connection.certifies?.(name) === true);
  }

  /**
   * A connection said hello in this neighbor's name. When both ends dial at once, the dial of the one whose name is
   * smaller goes on, so that one link is left and both agree which.
   */
  accept(connection: Connection, hello: Hello): Link {
    const link = new Link(this.#context, this, connection, "acceptor");
    if (this.#dialing !== undefined) {
      if (this.#context.self < this.memory.name) {
        link.sayBusy(BOTH_DIALED);
        return link;
      }
      this.#dialing.close(BOTH_DIALED);
    }
    link.accept(hello);
    return link;
  }

  up(link: Link): void {
    // The neighbor's dial was on its way to be a link when the server stopped.
    if (this.#stopped) return link.close(SERVER_STOPS);
    // A neighbor dials only when it has no link: an older one is a ghost.
    const ghost = this.#link;
    this.#link = link;
    if (this.#dialing === link) this.#dialing = undefined;
    ghost?.close("a newer link took its place");
    this.#tries = 0;
    this.#told = "";
    this.#timer?.cancel();
    this.#connecting?.abort();
    this.#context.log.event("info", this.memory.name, "+", "link up");
  }

  down(link: Link, reason: string): void {
    if (this.#link === link) {
      this.#link = undefined;
      this.#context.log.event("info", this.memory.name, "-", `link down: ${reason}`);
      this.#redial();
    } else if (this.#dialing === link) {
      this.#dialing = undefined;
      this.#tell(`no link: ${reason}`);
      this.#redial();
    } else if (link.role === "acceptor" && this.#link === undefined && !this.#stopped) {
      this.#tell(`no link: ${reason}`);
    }
  }

  #redial(): void {
    if (this.#stopped || this.#link !== undefined || !this.#canDial) return;
    this.#timer?.cancel();
    const { limits, runtime } = this.#context;
    this.#timer = runtime.clock.after(redialDelayMs(this.#tries++, limits, runtime), () => this.#dial());
  }

  async #dial(): Promise<void> {
    if (this.#stopped || this.#link !== undefined || this.#dialing !== undefined) return;
    const { runtime, limits } = this.#context;
    const connecting = new AbortController();
    this.#connecting = connecting;
    const timer = runtime.clock.after(limits.handshakeMs, () => {
      this.#context.limitHits.hit("handshakeMs");
      connecting.abort();
    });
    try {
      const connection = await runtime.network.dial(this.#address, connecting.signal, this.#dialTls());
      if (this.#stopped || this.#link !== undefined) return connection.destroy();
      if (!this.#context.prover.hasSecret && !isLoopback(connection.remote.host)) {
        connection.destroy();
        throw new Error("no secret is set, and its address is not a loopback address");
      }
      this.#dialing = new Link(this.#context, this, connection, "dialer");
      this.#dialing.dial();
    } catch (error) {
      if (this.#link !== undefined) return;
      this.#tell(`not reached yet (${errorMessage(error)})`);
      this.#redial();
    } finally {
      timer.cancel();
      if (this.#connecting === connecting) this.#connecting = undefined;
    }
  }

  #dialTls(): DialTls | undefined {
    const { tls } = this.#context;
    if (tls === undefined) return undefined;
    // Without authorities nobody is believed.
    return { authorities: tls.authorities ?? "", names: this.certifiedNames, own: tls };
  }

  /** A missing neighbor is normal: it is told once, not at every try. */
  #tell(trouble: string): void {
    if (this.#stopped || trouble === this.#told || trouble.endsWith(BOTH_DIALED)) return;
    this.#told = trouble;
    this.#context.log.event("info", this.memory.name, "!", trouble);
  }
}
