/** The console of a server, whose reader may be slow, or gone for good. */
import { assertEquals } from "@std/assert";
import { Logger } from "@std/log";
import { Console } from "../../src/log/console.ts";
import { test } from "../runner.ts";
import { turnEnds } from "../settle.ts";

/** A reader that takes a write when it is told to. */
class Reader {
  readonly taken: string[] = [];
  lost = 0;
  readonly console: Console;
  readonly logger: Logger;
  #take: (() => void) | undefined;

  constructor(mostWaiting: number, useColors = false) {
    this.console = new Console("INFO", {
      useColors,
      mostWaiting,
      formatter: ({ msg }) => msg,
      lost: () => this.lost++,
      show: (text) =>
        new Promise((resolve) => {
          this.#take = () => {
            this.taken.push(text);
            resolve();
          };
        }),
    });
    this.logger = new Logger("herd", "DEBUG", { handlers: [this.console] });
  }

  async take(): Promise<void> {
    this.#take?.();
    await turnEnds();
  }
}

test("console: what is said while a reader is busy goes to it in one piece, in order", async () => {
  const { console, logger, take, taken } = of(new Reader(100));
  for (const text of ["one", "two", "three"]) logger.info(text);
  logger.debug("below its level");
  const written = console.written();
  await take();
  assertEquals(taken, ["one\n"]);
  await take();
  await written;
  assertEquals(taken, ["one\n", "two\nthree\n"]);
});

test("console: for a reader that does not read no more is kept than may be, and it is told what it has missed", async () => {
  const reader = new Reader(20);
  const { logger, take, taken } = of(reader);
  logger.info("taken");
  for (let i = 10; i < 99; i++) logger.info(`line ${i}`);
  // Two lines of 7 characters and their ends fit.
  assertEquals(reader.lost, 87);
  await take();
  await take();
  assertEquals(taken, ["taken\n", "line 10\nline 11\n"]);
  logger.info("again");
  await take();
  assertEquals(taken[2], "... 87 lines were lost here, which nobody read in time\nagain\n");
});

test("console: levels have colors where they are wanted, and nowhere else", async () => {
  for (const useColors of [true, false]) {
    const { logger, take, taken } = of(new Reader(100, useColors));
    logger.warn("look");
    await take();
    assertEquals(taken, [useColors ? "\x1b[33mlook\x1b[39m\n" : "look\n"]);
  }
});

function of(reader: Reader) {
  const { console, logger, taken } = reader;
  return { console, logger, taken, take: () => reader.take() };
}
