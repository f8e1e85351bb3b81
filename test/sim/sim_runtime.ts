/** The third runtime: what one life of a server gets of the simulated machine it runs on. */
import type { Process, Runtime } from "../../src/runtime/runtime.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import { SimClock, type WallClock } from "./sim_clock.ts";
import type { End, Host, Manners, Owner } from "./sim_connection.ts";
import type { SimDisk } from "./sim_disk.ts";
import { simHmac } from "./sim_hmac.ts";
import type { SimNetwork } from "./sim_network.ts";

/** What outlives the processes on it. */
export interface Machine {
  readonly host: Host;
  readonly wall: WallClock;
  readonly disk: SimDisk;
}

/** A server has no use for the process it runs in; only the command line has. */
const noProcess: Process = {
  args: [],
  isTerminal: false,
  terminalSize: () => undefined,
  onKeys: () => () => {},
  env: () => undefined,
  show: () => Promise.resolve(),
  print() {},
  printError() {},
  async *inputLines() {},
  onStopSignal() {},
  onUncaught() {},
  startSelf() {
    throw new Error("a simulated process starts no other");
  },
  startThread() {
    throw new Error("a simulated process has one thread");
  },
  openInBrowser() {},
  exit() {
    throw new Error("a simulated process does not exit; its life is ended");
  },
};

export class SimRuntime implements Runtime, Owner {
  readonly name = "simulation";
  readonly life: Life;
  readonly host: Host;
  readonly manners: Manners;
  readonly ends: Set<End> = new Set();
  readonly clock: SimClock;
  readonly network: Runtime["network"];
  readonly files: Runtime["files"];
  readonly process: Process = noProcess;
  readonly hmac: Runtime["hmac"] = simHmac;
  /** No simulated server has a door with passwords. */
  readonly crypto: Runtime["crypto"] = crypto.subtle;
  readonly #random: Random;

  constructor(life: Life, machine: Machine, network: SimNetwork, manners: Manners, random: Random) {
    this.life = life;
    this.host = machine.host;
    this.manners = manners;
    this.clock = new SimClock(life, machine.wall, random.between(0, 100_000));
    this.network = network.for(this);
    this.files = machine.disk.for(life);
    this.#random = random;
  }

  randomBytes(count: number): Uint8Array {
    return this.#random.bytes(count);
  }
}
