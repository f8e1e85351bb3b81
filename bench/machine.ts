/** The machine that measures: its processors, who runs on which, and how it is described. */

/** Who runs where. With one processor, or where nothing can be pinned, everybody shares. */
export interface Seats {
  /** Of the server that is measured. */
  readonly server: readonly number[];
  /** Of further servers of its herd. */
  readonly neighbors: readonly number[];
  /** Of all servers of a herd that is measured as a whole. */
  readonly herd: readonly number[];
  /** Of the load generator. */
  readonly generator: readonly number[];
}

export interface Machine {
  readonly seats: Seats;
  readonly pinned: boolean;
  readonly description: Readonly<Record<string, string>>;
}

/** The processors this process may use, from the kernel's list, such as `0-1,4`. */
function allowedCpus(): readonly number[] {
  const status = Deno.readTextFileSync("/proc/self/status");
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? "0";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** One processor for the server and the last for the generator; neighbors get what is left, or share the last. */
function assignSeats(cpus: readonly number[]): Seats {
  const server = cpus.slice(0, 1);
  const generator = cpus.slice(-1);
  const between = cpus.slice(1, -1);
  return {
    server,
    generator,
    neighbors: between.length > 0 ? between : generator,
    herd: cpus.length > 1 ? cpus.slice(0, -1) : cpus,
  };
}

async function firstLineOf(program: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program, { args: [...args], stdin: "null" }).output();
    return new TextDecoder().decode(stdout).split("\n")[0]?.trim() ?? "";
  } catch {
    return "";
  }
}

function readTextOr(path: string, otherwise: string): string {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return otherwise;
  }
}

/** Looks at the machine. @param node how Node is started, if it is there. */
export async function lookAtMachine(node: string | undefined): Promise<Machine> {
  const cpus = allowedCpus();
  const pinned = cpus.length > 1 && await firstLineOf("taskset", "--version") !== "";
  const model = /^model name\s*:\s*(.+)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? "unknown";
  const memory = Deno.systemMemoryInfo().total / 2 ** 30;
  return {
    seats: assignSeats(cpus),
    pinned,
    description: {
      processors: `${cpus.length} of ${model}`,
      memory: `${memory.toFixed(0)} GiB`,
      system: `${Deno.build.os} ${Deno.osRelease()}`,
      // Loopback follows it too; one that paces, such as bbr, slows the small writes of all.
      "congestion control": readTextOr("/proc/sys/net/ipv4/tcp_congestion_control", "unknown"),
      pinned: pinned ? "server and generator on processors of their own" : "no",
      deno: Deno.version.deno,
      node: node === undefined ? "none" : (await firstLineOf(node, "--version")).replace("v", ""),
      compiler: await firstLineOf("cc", "--version"),
      python: await firstLineOf("python3", "--version"),
      redis: /v=(\S+)/.exec(await firstLineOf("redis-server", "--version"))?.[1] ?? "none",
    },
  };
}
