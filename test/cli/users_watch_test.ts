/** A users file that changes under a server that runs. */
import { assertEquals } from "@std/assert";
import { UsersWatch } from "../../src/cli/users_watch.ts";
import { parseUsers } from "../../src/gateway/users_file.ts";
import { FIXED_WAITS } from "../../src/limits.ts";
import { FileNotFoundError } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";
import { turnEnds } from "../settle.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeLog } from "../server/fakes.ts";

const DECK = `deck write sha256:${"1".repeat(64)}\n`;
const VAN = `van read sha256:${"2".repeat(64)}\n`;

/** A file that says what it is set to; undefined where there is none. */
class Watched {
  text: string | undefined = DECK;
  readonly log = new FakeLog();
  /** The names of each change. */
  readonly changes: string[][] = [];
  readonly watch: UsersWatch;
  readonly #clock = new FakeClock();

  constructor() {
    this.watch = new UsersWatch({
      file: { path: "users.txt", text: DECK, users: parseUsers(DECK) },
      files: {
        readText: (path) =>
          this.text === undefined ? Promise.reject(new FileNotFoundError(path)) : Promise.resolve(this.text),
      },
      clock: this.#clock,
      log: this.log,
      changed: (users) => this.changes.push(users.map(({ name }) => name)),
    });
  }

  /** Lets one look at the file pass. */
  async look(): Promise<void> {
    this.#clock.pass(FIXED_WAITS.usersFileMs);
    await turnEnds();
  }
}

test("users who come and go are told of, once each, also when nobody is left", async () => {
  const file = new Watched();
  await file.look();
  file.text = DECK + VAN;
  await file.look();
  await file.look();
  file.text = "# nobody\n";
  await file.look();
  assertEquals(file.changes, [["deck", "van"], []]);
  assertEquals([file.log.of("info").length, file.log.of("warn").length, file.log.of("error")], [1, 1, []]);
});

test("a file that is wrong or gone changes nothing, and that is said once, with the line", async () => {
  const file = new Watched();
  file.text = `${DECK}van wirte x\n`;
  await file.look();
  await file.look();
  file.text = undefined;
  await file.look();
  await file.look();
  const kept = "; the HTTP door goes by what the users file said before";
  assertEquals(file.changes, []);
  assertEquals(file.log.of("error").map((line) => [line.includes("users.txt"), line.endsWith(kept)]), [
    [true, true],
    [true, true],
  ]);
  file.text = VAN;
  await file.look();
  assertEquals(file.changes, [["van"]]);
});

test("nobody looks once it is stopped", async () => {
  const file = new Watched();
  file.watch.stop();
  file.text = VAN;
  await file.look();
  assertEquals(file.changes, []);
});
