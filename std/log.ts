/**
 * The part of `@std/log` (0.224.14) that herd uses, on any runtime: the same names, the same behavior, and no
 * promise in the types that the JSR package does not keep. What it leaves out are the handlers that write files.
 *
 * A {@linkcode Logger} makes a {@linkcode LogRecord} of each message of its level or above and hands it to its
 * handlers; each of those takes what is of its own level or above.
 */

/** The levels by name. The higher, the more urgent. */
export const LogLevels = {
  NOTSET: 0,
  DEBUG: 10,
  INFO: 20,
  WARN: 30,
  ERROR: 40,
  CRITICAL: 50,
} as const;

export type LevelName = keyof typeof LogLevels;

export type LogLevel = typeof LogLevels[LevelName];

const LEVEL_NAMES = Object.keys(LogLevels) as LevelName[];

/** @throws {Error} when no level has that name. */
export function getLevelByName(name: LevelName): LogLevel {
  if (!Object.hasOwn(LogLevels, name)) {
    throw new Error(`No log level is named "${name}": it must be one of ${LEVEL_NAMES.join(", ")}`);
  }
  return LogLevels[name];
}

/** @throws {Error} when no level has that number. */
export function getLevelName(level: LogLevel): LevelName {
  const name = LEVEL_NAMES.find((candidate) => LogLevels[candidate] === level);
  if (name === undefined) {
    throw new Error(
      `No log level has the number ${level}: it must be one of ${Object.values(LogLevels).join(", ")}`,
    );
  }
  return name;
}

// The JSR package exports the type alone, too: records are for loggers to make.
export type { LogRecord };

/** One message on its way to the handlers. */
class LogRecord {
  readonly msg: string;
  readonly level: number;
  readonly levelName: string;
  readonly loggerName: string;
  readonly #args: readonly unknown[];
  readonly #epochMs: number;

  constructor(loggerName: string, level: LogLevel, msg: string, args: readonly unknown[]) {
    this.loggerName = loggerName;
    this.level = level;
    this.levelName = getLevelName(level);
    this.msg = msg;
    this.#args = args;
    this.#epochMs = Date.now();
  }

  /** What was logged along with the message, as it is: bytes stay the caller's bytes. */
  get args(): readonly unknown[] {
    return this.#args;
  }

  /** When the record was made. */
  get datetime(): Date {
    return new Date(this.#epochMs);
  }
}

/** Renders a record as a line of text, without a line end. */
export type FormatterFunction = (logRecord: LogRecord) => string;

function levelAndMessage(record: LogRecord): string {
  return `${record.levelName} ${record.msg}`;
}

/**
 * Renders a record as a JSON object: `level` (its name), `datetime` (milliseconds since 1970), `message` and, where
 * there are any, `args`: the one there is, or an array of several.
 * @throws {TypeError} when the arguments cannot be had as JSON.
 */
export function jsonFormatter(logRecord: LogRecord): string {
  const { args } = logRecord;
  return JSON.stringify({
    level: logRecord.levelName,
    datetime: logRecord.datetime.getTime(),
    message: logRecord.msg,
    args: args.length > 1 ? args : args[0],
  });
}

export const formatters = { jsonFormatter } as const;

export interface BaseHandlerOptions {
  /** Default: the level's name, a space, the message. */
  formatter?: FormatterFunction;
}

/** What takes records somewhere. A subclass writes in `log`, or overrides `handle` to have the record itself. */
export abstract class BaseHandler {
  formatter: FormatterFunction;
  #level: LogLevel;

  /** @throws {Error} when no level has that name. */
  constructor(levelName: LevelName, options?: BaseHandlerOptions) {
    this.#level = getLevelByName(levelName);
    this.formatter = options?.formatter ?? levelAndMessage;
  }

  /** The lowest level it takes. */
  get level(): LogLevel {
    return this.#level;
  }

  /** @throws {Error} when no level has that number. */
  set level(level: LogLevel) {
    this.#level = getLevelByName(getLevelName(level));
  }

  /** Name of the lowest level it takes. */
  get levelName(): LevelName {
    return getLevelName(this.#level);
  }

  /** @throws {Error} when no level has that name. */
  set levelName(levelName: LevelName) {
    this.#level = getLevelByName(levelName);
  }

  /** Formats and logs a record, unless it is below the handler's level. */
  handle(logRecord: LogRecord): void {
    if (logRecord.level >= this.level) this.log(this.format(logRecord));
  }

  format(logRecord: LogRecord): string {
    return this.formatter(logRecord);
  }

  /** Puts a formatted message where this handler puts them. */
  abstract log(msg: string): void;

  /** Called when the module's `setup` takes the handler in. */
  setup(): void {}

  /** Called when a later `setup` lets it go. */
  destroy(): void {}
}

export interface ConsoleHandlerOptions extends BaseHandlerOptions {
  /** A color for each level from INFO up. Default `true`. The environment (NO_COLOR) is not looked at. */
  useColors?: boolean;
}

/** The escape sequences that begin and end each level's color. */
const COLORS = new Map<number, readonly [string, string]>([
  [LogLevels.INFO, ["\x1b[34m", "\x1b[39m"]],
  [LogLevels.WARN, ["\x1b[33m", "\x1b[39m"]],
  [LogLevels.ERROR, ["\x1b[31m", "\x1b[39m"]],
  [LogLevels.CRITICAL, ["\x1b[1m\x1b[31m", "\x1b[39m\x1b[22m"]],
]);

/** Prints with `console.log`. */
export class ConsoleHandler extends BaseHandler {
  readonly #useColors: boolean;

  /** @throws {Error} when no level has that name. */
  constructor(levelName: LevelName, options: ConsoleHandlerOptions = {}) {
    super(levelName, options);
    this.#useColors = options.useColors ?? true;
  }

  override format(logRecord: LogRecord): string {
    const text = super.format(logRecord);
    const [begin, end] = (this.#useColors ? COLORS.get(logRecord.level) : undefined) ?? ["", ""];
    return begin + text + end;
  }

  log(msg: string): void {
    console.log(msg);
  }
}

/** A message that is no function, since a function makes the message, where it is logged at all. */
type Plain<T> = T extends (...args: never[]) => unknown ? never : T;

export interface LoggerOptions {
  handlers?: BaseHandler[];
}

/**
 * Takes messages. Each method logs its first argument as text and hands the rest on as they are, and returns
 * the message: of a function what it returned, or `undefined` where it was not called.
 */
export class Logger {
  handlers: BaseHandler[];
  readonly #loggerName: string;
  #level: LogLevel;

  /** @throws {Error} when no level has that name. */
  constructor(loggerName: string, levelName: LevelName, options: LoggerOptions = {}) {
    this.#loggerName = loggerName;
    this.#level = getLevelByName(levelName);
    this.handlers = options.handlers ?? [];
  }

  get loggerName(): string {
    return this.#loggerName;
  }

  /** The lowest level it logs. */
  get level(): LogLevel {
    return this.#level;
  }

  /** @throws {TypeError} when no level has that number. */
  set level(level: LogLevel) {
    try {
      this.levelName = getLevelName(level);
    } catch (cause) {
      throw new TypeError(`Logger "${this.#loggerName}" cannot have the level ${level}`, { cause });
    }
  }

  /** Name of the lowest level it logs. */
  get levelName(): LevelName {
    return getLevelName(this.#level);
  }

  /** @throws {Error} when no level has that name. */
  set levelName(levelName: LevelName) {
    this.#level = getLevelByName(levelName);
  }

  debug<T>(msg: () => T, ...args: unknown[]): T | undefined;
  debug<T>(msg: Plain<T>, ...args: unknown[]): T;
  debug<T>(msg: Plain<T> | (() => T), ...args: unknown[]): T | undefined {
    return emit(this, LogLevels.DEBUG, msg, args);
  }

  info<T>(msg: () => T, ...args: unknown[]): T | undefined;
  info<T>(msg: Plain<T>, ...args: unknown[]): T;
  info<T>(msg: Plain<T> | (() => T), ...args: unknown[]): T | undefined {
    return emit(this, LogLevels.INFO, msg, args);
  }

  warn<T>(msg: () => T, ...args: unknown[]): T | undefined;
  warn<T>(msg: Plain<T>, ...args: unknown[]): T;
  warn<T>(msg: Plain<T> | (() => T), ...args: unknown[]): T | undefined {
    return emit(this, LogLevels.WARN, msg, args);
  }

  error<T>(msg: () => T, ...args: unknown[]): T | undefined;
  error<T>(msg: Plain<T>, ...args: unknown[]): T;
  error<T>(msg: Plain<T> | (() => T), ...args: unknown[]): T | undefined {
    return emit(this, LogLevels.ERROR, msg, args);
  }

  critical<T>(msg: () => T, ...args: unknown[]): T | undefined;
  critical<T>(msg: Plain<T>, ...args: unknown[]): T;
  critical<T>(msg: Plain<T> | (() => T), ...args: unknown[]): T | undefined {
    return emit(this, LogLevels.CRITICAL, msg, args);
  }
}

function emit<T>(
  logger: Logger,
  level: LogLevel,
  msg: Plain<T> | (() => T),
  args: unknown[],
): T | undefined {
  const lazy = msg instanceof Function;
  if (level < logger.level) return lazy ? undefined : msg;
  const value = lazy ? msg() : msg;
  const record = new LogRecord(logger.loggerName, level, messageText(value), args);
  for (const handler of logger.handlers) handler.handle(record);
  return value;
}

function messageText(value: unknown): string {
  if (value instanceof Error) return value.stack ?? String(value);
  if (typeof value === "function") return "undefined";
  if (typeof value !== "object" || value === null) return String(value);
  const properties = Object.entries(value).map(([key, inner]) =>
    `"${key}":${typeof inner === "string" ? `"${inner}"` : messageText(inner)}`
  );
  return `{${properties.join(",")}}`;
}

export interface LoggerConfig {
  /** The lowest level the logger logs. Default INFO. */
  level?: LevelName;
  /** Names of the handlers it hands its records to. A name that no handler has is passed over. */
  handlers?: string[];
}

export interface LogConfig {
  handlers?: { [name: string]: BaseHandler };
  loggers?: { [name: string]: LoggerConfig };
}

const DEFAULT_HANDLERS = { default: new ConsoleHandler("INFO") };
const DEFAULT_LOGGERS = { default: { handlers: ["default"] } };

const handlersByName = new Map<string, BaseHandler>();
const loggersByName = new Map<string, Logger>();

/**
 * Replaces all handlers and loggers. Where `config` has no handler or no logger named `default`, that one is as
 * it was at first: INFO and above on the console. A logger got before this call keeps its handlers, now destroyed.
 * @throws {Error} when no level has a name given.
 */
export function setup(config: LogConfig): void {
  for (const handler of handlersByName.values()) handler.destroy();
  handlersByName.clear();
  for (const [name, handler] of Object.entries({ ...DEFAULT_HANDLERS, ...config.handlers })) {
    handler.setup();
    handlersByName.set(name, handler);
  }
  loggersByName.clear();
  const loggers: Record<string, LoggerConfig> = { ...DEFAULT_LOGGERS, ...config.loggers };
  for (const [name, { level = "INFO", handlers: names = [] }] of Object.entries(loggers)) {
    const handlers = names.map((name) => handlersByName.get(name)).filter((handler) => handler !== undefined);
    loggersByName.set(name, new Logger(name, level, { handlers }));
  }
}

/** The logger of that name, or the default one. A name not set up gets a logger without handlers. */
export function getLogger(name?: string): Logger {
  const wanted = name || "default";
  let logger = loggersByName.get(wanted);
  if (logger === undefined) {
    logger = new Logger(wanted, "NOTSET");
    loggersByName.set(wanted, logger);
  }
  return logger;
}

interface LogFunction {
  <T>(msg: () => T, ...args: unknown[]): T | undefined;
  <T>(msg: Plain<T>, ...args: unknown[]): T;
}

function toDefaultLogger(level: LogLevel): LogFunction {
  return <T>(msg: Plain<T> | (() => T), ...args: unknown[]) => emit(getLogger(), level, msg, args) as T;
}

/** Logs to the default logger, as its method does. */
export const debug: LogFunction = toDefaultLogger(LogLevels.DEBUG);
/** Logs to the default logger, as its method does. */
export const info: LogFunction = toDefaultLogger(LogLevels.INFO);
/** Logs to the default logger, as its method does. */
export const warn: LogFunction = toDefaultLogger(LogLevels.WARN);
/** Logs to the default logger, as its method does. */
export const error: LogFunction = toDefaultLogger(LogLevels.ERROR);
/** Logs to the default logger, as its method does. */
export const critical: LogFunction = toDefaultLogger(LogLevels.CRITICAL);

setup({});
