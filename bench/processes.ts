/** Processes under measure: started on given processors, watched until they accept, and stopped by their own handle. */
import type { Machine } from "./machine.ts";

const START_MS = 30_000;
const STOP_MS = 15_000;
const KEPT_LINES = 1_000;
/** The kernel's ticks a second in /proc/PID/stat; the same on every Linux that people run. */
const TICKS = 100;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a process has used so far. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** A process that runs. */
export interface Running {
  readonly pid: number;
  /** The last lines that it printed, to either stream. */
  readonly lines: readonly string[];
  readonly startedMs: number;
  usage(): Usage;
  hasExited(): boolean;
  /** Resolves with the exit code once it has ended and all its output is here. */
  readonly ended: Promise<number>;
  /** SIGTERM, and where that does not help in time, SIGKILL. */
  stop(): Promise<void>;
}

/** Thrown where something is to be started after `stopAll`. */
export class RunOverError extends Error {
  override readonly name = "RunOverError";
}

const running = new Set<Running>();
let isOver = false;

/** Starts `command` on the processors `cpus`. */
export function startProcess(machine: Machine, cpus: readonly number[], command: Command): Running {
  if (isOver) throw new RunOverError();
  const { program, args, env } = command;
  const pinned = machine.pinned ? ["taskset", "-c", cpus.join(","), program, ...args] : [program, ...args];
  const startedMs = performance.now();
  const child = new Deno.Command(pinned[0] ?? program, {
    args: pinned.slice(1),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(env === undefined ? {} : { env: { ...env } }),
  }).spawn();
  const lines: string[] = [];
  const output = Promise.all([collect(child.stdout, lines), collect(child.stderr, lines)]);
  let exited = false;
  const ended = child.status.then(async ({ code }) => {
    exited = true;
    running.delete(process);
    await output;
    return code;
  });
  const process: Running = {
    pid: child.pid,
    lines,
    startedMs,
    ended,
    usage: () => readUsage(child.pid),
    hasExited: () => exited,
    stop: () => stop(child, ended),
  };
  running.add(process);
  return process;
}

/** Stops whatever still runs; nothing starts after it. */
export async function stopAll(): Promise<void> {
  isOver = true;
  await Promise.all(Array.from(running, (process) => process.stop()));
}

/** Whether `stopAll` was called: what fails from then on is no result. */
export function isRunOver(): boolean {
  return isOver;
}

async function stop(child: Deno.ChildProcess, ended: Promise<number>): Promise<void> {
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch { /* It has ended. */ }
  };
  const timer = setTimeout(() => kill("SIGKILL"), STOP_MS);
  kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}

async function collect(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    if (lines.length > 2 * KEPT_LINES) lines.splice(0, lines.length - KEPT_LINES);
  }
  if (rest !== "") lines.push(rest);
}

function readUsage(pid: number): Usage {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The second field is the program's name, in brackets, and may hold anything; fields 14 and 15 are the ticks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const rssKib = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? NaN);
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS, rssBytes: rssKib * 1024 };
}

/** Waits until `process` accepts on `port`. @returns milliseconds since its start. */
export async function untilAccepts(process: Running, port: number): Promise<number> {
  const deadlineMs = process.startedMs + START_MS;
  while (!process.hasExited() && performance.now() < deadlineMs) {
    try {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      const tookMs = performance.now() - process.startedMs;
      conn.close();
      return tookMs;
    } catch {
      await sleep(1);
    }
  }
  throw new Error(`it does not accept on port ${port}: ${process.lines.slice(-5).join(" | ")}`);
}

/** Waits until all of `processes` have had nothing to do for a while. @returns milliseconds until they had. */
export async function untilQuiet(processes: readonly Running[], patienceMs: number): Promise<number> {
  const startMs = performance.now();
  const used = () => processes.reduce((sum, process) => sum + process.usage().cpuSeconds, 0);
  let before = used();
  let busyMs = startMs;
  while (performance.now() - startMs < patienceMs && performance.now() - busyMs < 250) {
    await sleep(50);
    const now = used();
    if (now - before > 0.015) busyMs = performance.now();
    before = now;
  }
  return busyMs - startMs;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Ports that nobody listens on. They are held together, so that they differ. */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  return listeners.map((listener) => {
    const { port } = listener.addr;
    listener.close();
    return port;
  });
}
