import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import * as log from "@std/log";
import { test } from "../runner.ts";

/** Keeps what it is given. */
class Memory extends log.BaseHandler {
  readonly lines: string[] = [];
  readonly calls: string[] = [];

  override log(msg: string): void {
    this.lines.push(msg);
  }

  override setup(): void {
    this.calls.push("setup");
  }

  override destroy(): void {
    this.calls.push("destroy");
  }
}

/** Takes whole records, as the handler of a file of bytes would. */
class Records extends log.BaseHandler {
  readonly records: log.LogRecord[] = [];

  override handle(record: log.LogRecord): void {
    this.records.push(record);
  }

  override log(): void {
    throw new Error("handle was overridden, so nothing should come here");
  }
}

function logEachLevel(logger: log.Logger): void {
  logger.debug("a");
  logger.info("b");
  logger.warn("c");
  logger.error("d");
  logger.critical("e");
}

type Method = "debug" | "info" | "warn" | "error" | "critical";

/** The record that a message of that level comes to a handler as. */
function recordOf(method: Method, ...args: unknown[]): log.LogRecord {
  const handler = new Records("DEBUG");
  new log.Logger("test", "DEBUG", { handlers: [handler] })[method]("hello", ...args);
  const [record] = handler.records;
  assert(record !== undefined);
  return record;
}

/** Runs `fn` and returns what it printed; then sets the module up as it was at first. */
function printedBy(fn: () => void): unknown[][] {
  const printed: unknown[][] = [];
  const original = console.log;
  console.log = (...values: unknown[]) => void printed.push(values);
  try {
    fn();
  } finally {
    console.log = original;
    log.setup({});
  }
  return printed;
}

test("a handler takes records of its level and above", () => {
  const handler = new Memory("WARN");
  logEachLevel(new log.Logger("test", "DEBUG", { handlers: [handler] }));
  assertEquals(handler.lines, ["WARN c", "ERROR d", "CRITICAL e"]);
});

test("a logger logs messages of its level and above, whatever its handlers take", () => {
  const handler = new Memory("NOTSET");
  const logger = new log.Logger("test", "ERROR", { handlers: [handler] });
  logEachLevel(logger);
  assertEquals(handler.lines, ["ERROR d", "CRITICAL e"]);
  logger.levelName = "CRITICAL";
  logEachLevel(logger);
  assertEquals(handler.lines, ["ERROR d", "CRITICAL e", "CRITICAL e"]);
});

test("levels can be read and set by name and by number", () => {
  for (const holder of [new Memory("INFO"), new log.Logger("test", "INFO")]) {
    assertEquals([holder.level, holder.levelName], [20, "INFO"]);
    holder.level = log.LogLevels.ERROR;
    assertEquals([holder.level, holder.levelName], [40, "ERROR"]);
    holder.levelName = "DEBUG";
    assertEquals([holder.level, holder.levelName], [10, "DEBUG"]);
  }
});

test("a level there is not is refused", () => {
  const name = "LOUD" as log.LevelName;
  const level = 25 as log.LogLevel;
  assertThrows(() => new Memory(name), Error, "LOUD");
  assertThrows(() => new log.Logger("test", name), Error, "LOUD");
  assertThrows(() => new Memory("INFO").level = level, Error, "25");
  const logger = new log.Logger("test", "INFO");
  assertThrows(() => logger.level = level, TypeError, "25");
  assertEquals(logger.levelName, "INFO");
});

test("logging returns the message, logged or not", () => {
  const handler = new Memory("DEBUG");
  const logger = new log.Logger("test", "INFO", { handlers: [handler] });
  const report = { client: "kiwi" };
  const logged: { client: string } = logger.info(report);
  assertStrictEquals(logged, report);
  const passedOver: number = logger.debug(7);
  assertEquals(passedOver, 7);
  assertEquals(handler.lines, ['INFO {"client":"kiwi"}']);
});

test("a function is called once when its message is logged, and else not at all", () => {
  const handlers = [new Memory("DEBUG"), new Memory("DEBUG")];
  const logger = new log.Logger("test", "WARN", { handlers });
  let calls = 0;
  const message = () => `call ${++calls}`;
  const skipped: string | undefined = logger.info(message);
  assertEquals([skipped, calls], [undefined, 0]);
  assertEquals(logger.warn(message), "call 1");
  assertEquals(handlers.map(({ lines }) => lines), [["WARN call 1"], ["WARN call 1"]]);
});

test("messages that are no text become text", () => {
  const handler = new Memory("DEBUG", { formatter: ({ msg }) => msg });
  const logger = new log.Logger("test", "DEBUG", { handlers: [handler] });
  logger.info(1.5);
  logger.info(10n);
  logger.info(null);
  logger.info(undefined);
  logger.info(Symbol("s"));
  logger.info({ a: { b: "c", d: [true] }, e: () => 1 });
  assertEquals(handler.lines, [
    "1.5",
    "10",
    "null",
    "undefined",
    "Symbol(s)",
    '{"a":{"b":"c","d":{"0":true}},"e":undefined}',
  ]);
});

test("an error as a message is logged with its stack", () => {
  const handler = new Memory("DEBUG");
  const error = new RangeError("too far");
  new log.Logger("test", "DEBUG", { handlers: [handler] }).error(error);
  assert(error.stack !== undefined);
  assertEquals(handler.lines, [`ERROR ${error.stack}`]);
});

test("a handler that overrides handle has the record, with the caller's own bytes", () => {
  const handler = new Records("DEBUG");
  const bytes = new Uint8Array([65, 84, 10]);
  const before = Date.now();
  new log.Logger("flood", "INFO", { handlers: [handler] }).info("sent", bytes, "peer");
  const after = Date.now();
  const [record] = handler.records;
  assert(record !== undefined);
  assertEquals(
    [record.loggerName, record.level, record.levelName, record.msg, record.args.length],
    ["flood", 20, "INFO", "sent", 2],
  );
  assertStrictEquals(record.args[0], bytes);
  assertEquals(record.args[1], "peer");
  assert(before <= record.datetime.getTime() && record.datetime.getTime() <= after);
});

test("a record does not change with what was read from it", () => {
  const record = recordOf("info");
  record.datetime.setTime(0);
  assertNotStrictEquals(record.datetime.getTime(), 0);
});

test("a formatter renders the record", () => {
  const handler = new Memory("DEBUG", {
    formatter: ({ loggerName, args }) => `${loggerName}: ${args.join("+")}`,
  });
  new log.Logger("sum", "DEBUG", { handlers: [handler] }).debug("ignored", 1, 2);
  assertEquals(handler.lines, ["sum: 1+2"]);
});

test("the JSON formatter writes no arguments, one, or an array of several", () => {
  const json = (...args: unknown[]) => {
    const record = recordOf("warn", ...args);
    const datetime = record.datetime.getTime();
    const { datetime: written, ...rest } = JSON.parse(log.formatters.jsonFormatter(record));
    assertEquals(written, datetime);
    return rest;
  };
  assertEquals(json(), { level: "WARN", message: "hello" });
  assertEquals(json({ peer: "kiwi" }), { level: "WARN", message: "hello", args: { peer: "kiwi" } });
  assertEquals(json(1, "two"), { level: "WARN", message: "hello", args: [1, "two"] });
});

test("the console handler colors by level unless told not to", () => {
  const colored = new log.ConsoleHandler("DEBUG");
  const plain = new log.ConsoleHandler("DEBUG", { useColors: false, formatter: ({ msg }) => msg });
  const inColor = (level: Method) => colored.format(recordOf(level));
  assertEquals(inColor("debug"), "DEBUG hello");
  assertEquals(inColor("info"), "\x1b[34mINFO hello\x1b[39m");
  assertEquals(inColor("warn"), "\x1b[33mWARN hello\x1b[39m");
  assertEquals(inColor("error"), "\x1b[31mERROR hello\x1b[39m");
  assertEquals(inColor("critical"), "\x1b[1m\x1b[31mCRITICAL hello\x1b[39m\x1b[22m");
  assertEquals(plain.format(recordOf("error")), "hello");
});

test("before any setup, INFO and above go to the console", () => {
  const printed = printedBy(() => {
    log.debug("quiet");
    log.info("heard");
  });
  assertEquals(printed, [["\x1b[34mINFO heard\x1b[39m"]]);
});

test("the functions of the module log to the default logger and return the message", () => {
  const handler = new Memory("DEBUG");
  log.setup({
    handlers: { memory: handler },
    loggers: { default: { level: "DEBUG", handlers: ["memory"] } },
  });
  try {
    const returned: string[] = [
      log.debug("a"),
      log.info("b"),
      log.warn("c"),
      log.error("d"),
      log.critical("e"),
    ];
    assertEquals(returned, ["a", "b", "c", "d", "e"]);
    const made: number | undefined = log.info(() => 7);
    assertEquals(made, 7);
    log.getLogger().info("got");
    log.getLogger("default").info("named");
  } finally {
    log.setup({});
  }
  const lines = ["DEBUG a", "INFO b", "WARN c", "ERROR d", "CRITICAL e", "INFO 7", "INFO got", "INFO named"];
  assertEquals(handler.lines, lines);
});

test("setup wires loggers to handlers by name, and keeps the default logger", () => {
  const memory = new Memory("DEBUG");
  const printed = printedBy(() => {
    log.setup({
      handlers: { memory },
      loggers: { links: { level: "WARN", handlers: ["memory", "nobody"] }, usual: { handlers: ["memory"] } },
    });
    log.getLogger("links").info("too low");
    log.getLogger("links").warn("lost");
    log.getLogger("usual").debug("too low");
    log.getLogger("usual").info("up");
    log.info("to the console");
    log.setup({});
    log.getLogger("links").warn("forgotten by the next setup");
  });
  assertEquals(memory.lines, ["WARN lost", "INFO up"]);
  assertEquals(printed.length, 1);
});

test("setup starts the handlers it takes in and ends those of the setup before", () => {
  const first = new Memory("DEBUG");
  const second = new Memory("DEBUG");
  log.setup({ handlers: { first } });
  log.setup({ handlers: { second } });
  assertEquals([first.calls, second.calls], [["setup", "destroy"], ["setup"]]);
  log.setup({});
  assertEquals([first.calls, second.calls], [["setup", "destroy"], ["setup", "destroy"]]);
});

test("a logger nobody set up logs nothing, and is the same one each time", () => {
  const printed = printedBy(() => {
    const logger = log.getLogger("nobody");
    assertEquals(logger.critical("lost"), "lost");
    assertStrictEquals(log.getLogger("nobody"), logger);
  });
  assertEquals(printed, []);
});
