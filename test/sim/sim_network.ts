/** The network of the simulation: machines, and the ways between them, which can be slow, or cut in one direction. */
import type { Address, Connection, Listener, Network } from "../../src/runtime/runtime.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import { End, type Host, type Medium, type Owner, Pipe, type Weather } from "./sim_connection.ts";
import type { Subject } from "./subject.ts";
import type { Trace } from "./trace.ts";

/** Arrivals are rounded up to these, so that many of them meet. */
const TICK_US = 1_000;
/** How long a dial waits before it says hello again to who does not answer. */
const SYN_RETRY_MS = 1_000;
const FIRST_CLIENT_PORT = 20_000;

/** How long bytes are under way, and how many fit in. */
export interface Ways {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly minWindowBytes: number;
  readonly maxWindowBytes: number;
}

interface OpenPort {
  readonly owner: Owner;
  readonly accept: (connection: Connection) => void;
}

export class SimNetwork implements Medium {
  readonly random: Random;
  readonly trace: Trace;
  readonly weather: Weather;
  readonly #subject: Pick<Subject, "AddressInUseError">;
  readonly #scheduler: Scheduler;
  readonly #ways: Ways;
  readonly #hosts = new Map<string, Host>();
  readonly #ports = new Map<string, OpenPort>();
  /** How many faults cut the way, by both ends. */
  readonly #cuts = new Map<number, number>();
  /** By how much more a way takes, in milliseconds. */
  readonly #slow = new Map<number, number>();
  readonly #held = new Set<Pipe>();
  readonly #onWrite: (end: End) => void;
  #nextPort = FIRST_CLIENT_PORT;

  constructor(
    subject: Pick<Subject, "AddressInUseError">,
    scheduler: Scheduler,
    random: Random,
    trace: Trace,
    ways: Ways,
    weather: Weather,
    onWrite: (end: End) => void = () => {},
  ) {
    this.#subject = subject;
    this.#scheduler = scheduler;
    this.random = random;
    this.trace = trace;
    this.#ways = ways;
    this.weather = weather;
    this.#onWrite = onWrite;
  }

  addHost(address: string): Host {
    const host = { index: this.#hosts.size, address, isUp: true };
    this.#hosts.set(address, host);
    return host;
  }

  arrivalUs(from: Host, to: Host): number {
    const { minDelayMs, maxDelayMs } = this.#ways;
    const delayMs = minDelayMs + (maxDelayMs - minDelayMs) * this.random.unit() ** 3 +
      (this.#slow.get(wayOf(from, to)) ?? 0);
    return Math.ceil((this.#scheduler.nowUs + delayMs * 1_000) / TICK_US) * TICK_US;
  }

  isCut(from: Host, to: Host): boolean {
    return (this.#cuts.get(wayOf(from, to)) ?? 0) > 0;
  }

  hold(pipe: Pipe): void {
    this.#held.add(pipe);
  }

  onWrite(end: End): void {
    this.#onWrite(end);
  }

  /** Cuts the way from one to the other, until as many calls of `mend` have followed. */
  cut(from: Host, to: Host): void {
    const way = wayOf(from, to);
    this.#cuts.set(way, (this.#cuts.get(way) ?? 0) + 1);
  }

  mend(from: Host, to: Host): void {
    const way = wayOf(from, to);
    this.#cuts.set(way, Math.max(0, (this.#cuts.get(way) ?? 0) - 1));
    this.#retryHeld();
  }

  /** Sets by how much more the way takes. */
  slow(from: Host, to: Host, ms: number): void {
    this.#slow.set(wayOf(from, to), ms);
  }

  /** No way is cut or slow any more. */
  mendAll(): void {
    this.#cuts.clear();
    this.#slow.clear();
    this.#retryHeld();
  }

  /** A machine is there again. */
  switchOn(host: Host): void {
    host.isUp = true;
    this.#retryHeld();
  }

  /** Closes what a process that is gone had open. @param saysSo whether the machine tells the other ends. */
  abandon(owner: Owner, saysSo: boolean): void {
    for (const [name, port] of this.#ports) if (port.owner === owner) this.#ports.delete(name);
    for (const end of [...owner.ends]) end.abandon(saysSo);
  }

  /** Ports that `owner` listens on. */
  portsOf(owner: Owner): number {
    return [...this.#ports.values()].filter((port) => port.owner === owner).length;
  }

  /** The network as one process sees it. */
  for(owner: Owner): Network {
    return {
      listen: (address, accept) => this.#listen(owner, address, accept),
      findTlsFault: () => Promise.resolve(undefined),
      dial: (address, signal) => this.dial(owner, address, signal),
      serveHttp: () => Promise.reject(new Error("the simulation has no web")),
      fetch: () => Promise.reject(new Error("the simulation has no web")),
    };
  }

  dial(owner: Owner, address: Address, signal: AbortSignal): Promise<End> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new Error("gave up"));
      signal.addEventListener("abort", () => reject(new Error("gave up")), { once: true });
      this.#knock(owner, address, signal, resolve, reject);
    });
  }

  /** Says hello, again and again where nothing comes back. */
  #knock(
    owner: Owner,
    address: Address,
    signal: AbortSignal,
    resolve: (end: End) => void,
    reject: (error: Error) => void,
  ): void {
    const host = this.#hosts.get(address.host);
    if (host === undefined) return reject(new Error(`${address.host} is no machine of this network`));
    const again = () => this.#knock(owner, address, signal, resolve, reject);
    this.#scheduler.at(this.arrivalUs(owner.host, host), () => {
      if (signal.aborted || owner.life.ended) return;
      if (this.isCut(owner.host, host) || !host.isUp) return void owner.life.after(SYN_RETRY_MS, again);
      const port = this.#ports.get(nameOf(address));
      if (port === undefined || port.owner.life.ended) {
        return void owner.life.at(
          this.arrivalUs(host, owner.host),
          () => reject(new Error("connection refused")),
        );
      }
      this.#open(owner, port, address, signal, resolve);
    }, this.random.unit());
  }

  #open(
    owner: Owner,
    port: OpenPort,
    address: Address,
    signal: AbortSignal,
    resolve: (end: End) => void,
  ): void {
    const local = { host: owner.host.address, port: this.#nextPort++ };
    const [dialed, accepted] = this.#pair(owner, port.owner, local, address);
    port.owner.life.enter(() => port.accept(accepted));
    const answer = () => {
      if (this.isCut(port.owner.host, owner.host)) return void owner.life.after(SYN_RETRY_MS, answer);
      if (signal.aborted) return dialed.destroy();
      resolve(dialed);
    };
    owner.life.at(this.arrivalUs(port.owner.host, owner.host), answer, this.random.unit());
  }

  #pair(dialer: Owner, acceptor: Owner, local: Address, remote: Address): [End, End] {
    const dialed = new End(this, dialer, local, remote);
    const accepted = new End(this, acceptor, remote, local);
    const there = new Pipe(this, dialed, accepted, this.#drawWindow());
    const back = new Pipe(this, accepted, dialed, this.#drawWindow());
    dialed.connect(accepted, there, back);
    accepted.connect(dialed, back, there);
    return [dialed, accepted];
  }

  #drawWindow(): number {
    return this.random.spanning(this.#ways.minWindowBytes, this.#ways.maxWindowBytes);
  }

  #listen(owner: Owner, address: Address, accept: (connection: Connection) => void): Promise<Listener> {
    const name = nameOf(address);
    const other = this.#ports.get(name);
    if (other !== undefined && !other.owner.life.ended) return Promise.reject(this.#inUse(address));
    const port = { owner, accept };
    this.#ports.set(name, port);
    return Promise.resolve({
      address,
      close: () => {
        if (this.#ports.get(name) === port) this.#ports.delete(name);
      },
    });
  }

  #inUse(address: Address): Error {
    return new this.#subject.AddressInUseError(nameOf(address));
  }

  #retryHeld(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const pipe of held) pipe.retry();
  }
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

function wayOf(from: Host, to: Host): number {
  return from.index * 1_024 + to.index;
}
