/** Sets up @std/log for one server process: a console for people, a file for everything. */
import { BaseHandler, getLogger, type LevelName, type LogRecord, setup } from "@std/log";
import type { LimitHits } from "../limit_hits.ts";
import { FIXED_WAITS, type Limits } from "../limits.ts";
import type { Clock, LogFiles } from "../runtime/runtime.ts";
import { Console } from "./console.ts";
import { LogFile } from "./log_file.ts";
import { type EventLevel, type ServerLog, TrafficRecorder } from "./server_log.ts";

export const CONSOLE_LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly EventLevel[];

const LEVEL_NAMES: Readonly<Record<EventLevel, LevelName>> = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
};

/** The log of a server process, and how to end it. */
export interface ProcessLog extends ServerLog {
  /** A line for the console alone, whatever its level is, in its place among the others. */
  print(line: string): void;
  /** Writes what is still gathered. */
  flush(): void;
  /** The same, and ends the log. Who reads the console is waited for, for a moment. */
  close(): Promise<void>;
  /** Bytes of records that could not be written to the file. */
  readonly lostBytes: number;
}

export interface LogOptions {
  readonly server: string;
  /** The folder of the log file, or undefined for none. */
  readonly dir: string | undefined;
  /** What the console shows at least. */
  readonly level: EventLevel;
  readonly isColored: boolean;
  /** As `Process.show`. */
  readonly show: (text: string) => Promise<void>;
  readonly limits: Limits;
  readonly limitHits: LimitHits;
}

/** Handles records that carry finished bytes, a batch in each. */
class BatchHandler extends BaseHandler {
  readonly #file: LogFile;
  constructor(file: LogFile) {
    super("DEBUG");
    this.#file = file;
  }
  override handle(record: LogRecord): void {
    for (const batch of record.args) {
      if (batch instanceof Uint8Array) this.#file.append(batch);
    }
  }
  override log(): void {/* Everything comes as bytes. */}
}

/** @throws {Error} when the log file cannot be opened. */
export function setupLog(clock: Clock, files: LogFiles, options: LogOptions): ProcessLog {
  const console = new Console(LEVEL_NAMES[options.level], {
    useColors: options.isColored,
    show: options.show,
    mostWaiting: options.limits.consoleChars,
    lost: () => options.limitHits.hit("consoleChars"),
    formatter: (record) => `${timeOfDay(record.datetime)} ${options.server}: ${record.msg}`,
  });
  const say = (text: string) => getLogger("herd").warn(text);
  const file = options.dir === undefined ? undefined : openFile(files, options, options.dir, say);
  setup({
    handlers: { console, ...(file === undefined ? {} : { file: new BatchHandler(file) }) },
    loggers: {
      herd: { level: "DEBUG", handlers: ["console"] },
      traffic: { level: "DEBUG", handlers: file === undefined ? [] : ["file"] },
    },
  });
  const people = getLogger("herd");
  const print = (line: string) => console.log(line);
  if (file === undefined) {
    return {
      lines() {},
      message() {},
      print,
      flush() {},
      close: () => shown(console, clock),
      lostBytes: 0,
      event: (level, peer, _sign, text) => tell(people, level, peer, text),
    };
  }
  const traffic = getLogger("traffic");
  const recorder = new TrafficRecorder(
    clock,
    options.limits.logDelayMs,
    (records) => void traffic.debug("batch", records),
  );
  return {
    lines: (now, peer, sign, bytes, start, end) => recorder.lines(now, peer, sign, bytes, start, end),
    message: (now, peer, sign, bytes) => recorder.message(now, peer, sign, bytes),
    event(level, peer, sign, text) {
      recorder.event(peer, sign, text);
      tell(people, level, peer, text);
    },
    print,
    flush: () => recorder.flush(),
    get lostBytes() {
      return file.lostBytes;
    },
    close() {
      recorder.flush();
      return Promise.all([file.close(), shown(console, clock)]).then(() => {});
    },
  };
}

function shown(console: Console, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(FIXED_WAITS.lingerMs, resolve);
    void console.written().then(() => {
      timer.cancel();
      resolve();
    });
  });
}

function openFile(files: LogFiles, options: LogOptions, dir: string, say: (text: string) => void): LogFile {
  files.makeDir(dir);
  return new LogFile(files, {
    path: `${dir}/${options.server}.log`,
    maxBytes: options.limits.logBytes,
    maxFiles: options.limits.logFiles,
    limitHits: options.limitHits,
    onTrouble: (cause) =>
      say(
        cause === undefined
          ? "the log file can be written again"
          : `the log file cannot be written or rotated: ${cause}`,
      ),
  });
}

function tell(logger: ReturnType<typeof getLogger>, level: EventLevel, peer: string, text: string): void {
  const line = escapeControls(peer === "" ? text : `${peer}: ${text}`);
  switch (level) {
    case "debug":
      return void logger.debug(line);
    case "info":
      return void logger.info(line);
    case "warn":
      return void logger.warn(line);
    case "error":
      return void logger.error(line);
  }
}

/** What peers say must not reach a terminal as it is. */
function escapeControls(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function timeOfDay(date: Date): string {
  return date.toISOString().slice(11, 19);
}
