/** The users file: what it may hold, and that each mistake in it is told with its line. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  drawPassword,
  hashChosen,
  hashDrawn,
  LEAST_ITERATIONS,
  MOST_ITERATIONS,
  parseHash,
  renderHash,
} from "../../src/gateway/hashes.ts";
import {
  faultOfName,
  parseUsers,
  renderUser,
  RIGHTS,
  type User,
  UsersError,
  withoutUser,
  withUser,
} from "../../src/gateway/users_file.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const DIGEST = "9f".repeat(32);
const OTHER_DIGEST = "0a".repeat(32);

function hex(leastBytes: number, mostBytes: number) {
  return fc.uint8Array({ minLength: leastBytes, maxLength: mostBytes }).map((bytes) =>
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  );
}

const anyName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/);

const anyHash = fc.oneof(
  fc.record({ kind: fc.constant("sha256" as const), digest: hex(32, 32) }),
  fc.record({
    kind: fc.constant("pbkdf2-sha256" as const),
    iterations: fc.integer({ min: LEAST_ITERATIONS, max: MOST_ITERATIONS }),
    salt: hex(8, 64),
    digest: hex(32, 32),
  }),
);

const anyUser: fc.Arbitrary<User> = fc.record({
  name: anyName,
  rights: fc.subarray([...RIGHTS], { minLength: 1 }),
  hash: anyHash,
  friends: fc.array(fc.stringMatching(/^[^\s,\p{Cc}]{1,20}$/u), { maxLength: 5 }),
});

const anyUsers = fc.uniqueArray(anyUser, { selector: ({ name }) => name, maxLength: 8 }).filter((users) =>
  new Set(users.map(({ hash }) => hash.digest)).size === users.length
);

/** What says nothing in the file. */
const anyBlank = fc.constantFrom("", "  ", "\t", "# deck write sha256:x", "   # anything");

/** The problems of a text. */
function problems(text: string): readonly string[] {
  return assertThrows(() => parseUsers(text), UsersError).problems;
}

test("whatever users are written are read again, among comments, blank lines and any white space", () => {
  fc.assert(fc.property(
    anyUsers,
    fc.array(anyBlank, { maxLength: 4 }),
    fc.constantFrom(" ", "   ", "\t"),
    fc.constantFrom("\n", "\r\n"),
    (users, blanks, space, end) => {
      const lines = [...blanks, ...users.map((user) => renderUser(user).replaceAll(" ", space)), ...blanks];
      assertEquals(parseUsers(lines.join(end)), users);
    },
  ));
});

test("a user who is added is there, and one who is removed is not; the others, and comments, stay", () => {
  fc.assert(fc.property(anyUsers, anyUser, (users, more) => {
    fc.pre(users.every(({ name, hash }) => name !== more.name && hash.digest !== more.hash.digest));
    const text = `# ours\n${users.map(renderUser).join("\n")}`;
    const added = withUser(text, more);
    assertEquals(parseUsers(added), [...users, more]);
    assertEquals(parseUsers(withoutUser(added, more.name)), users);
    assert(withoutUser(added, more.name).startsWith("# ours\n"));
  }));
  const first: User = {
    name: "deck",
    rights: ["write"],
    hash: { kind: "sha256", digest: DIGEST },
    friends: [],
  };
  assertEquals(parseUsers(withUser(undefined, first)), [first], "a new file");
});

test("a line that is no user is told with its number and what would be right, however it is wrong", () => {
  const good = `sha256:${DIGEST}`;
  const cases: readonly (readonly [line: string, says: string])[] = [
    [`a/b write ${good}`, "cannot be a user's name"],
    [`a:b write ${good}`, "cannot be a user's name"],
    [`é write ${good}`, "cannot be a user's name"],
    [`${"x".repeat(65)} write ${good}`, "cannot be a user's name"],
    ["deck", "a user is a name, its rights, a hash"],
    ["deck write", "a user is a name, its rights, a hash"],
    [`deck write ${good} friends=a more`, "a user is a name, its rights, a hash"],
    [`deck wirte ${good}`, '"wirte" is no right'],
    [`deck write,write ${good}`, "twice"],
    [`deck write, ${good}`, '"" is no right'],
    [`deck write ${good.slice(0, -1)}`, "the hash is neither"],
    [`deck write ${good.toUpperCase()}`, "the hash is neither"],
    [`deck write pbkdf2-sha256:1000:${"ab".repeat(16)}:${DIGEST}`, "the hash is neither"],
    [`deck write pbkdf2-sha256:99999999999:${"ab".repeat(16)}:${DIGEST}`, "the hash is neither"],
    [`deck write pbkdf2-sha256:600000:abc:${DIGEST}`, "the hash is neither"],
    [`deck write pbkdf2-sha256:600000::${DIGEST}`, "the hash is neither"],
    [`deck write ${good} freinds=a`, "only friends=... can stand"],
    [`deck write ${good} friends=`, "cannot be a friend"],
    [`deck write ${good} friends=a,,b`, "cannot be a friend"],
  ];
  for (const [line, says] of cases) {
    const [problem = "", ...more] = problems(`# first\n\n${line}\n`);
    assertEquals(more, [], line);
    assert(problem.startsWith("line 3: ") && problem.includes(says), `${line}: ${problem}`);
  }
  const all = problems(cases.map(([line]) => line).join("\n"));
  assertEquals(all.length, cases.length, "all are told at once");
});

test("one name twice, and one hash twice, are told with where the first stands", () => {
  const [name = ""] = problems(`deck write sha256:${DIGEST}\n\ndeck read sha256:${OTHER_DIGEST}`);
  assertEquals(name, "line 3: deck stands in line 1 already");
  const [hash = ""] = problems(`deck write sha256:${DIGEST}\nvan write sha256:${DIGEST}`);
  assert(hash.startsWith("line 2: van has the same hash as deck"), hash);
});

test("a password that stands where its hash should is not repeated", () => {
  const [problem = ""] = problems("deck write correcthorse");
  assert(!problem.includes("correcthorse"), problem);
});

test("names that HTTP or the IDs of devices could not carry are none", () => {
  fc.assert(fc.property(fc.string({ unit: "binary-ascii", maxLength: 4 }), (name) => {
    if (faultOfName(name) === undefined) assert(!/[\s:/,#"\\]|[^!-~]/.test(name), name);
  }));
  for (const name of ["deck", "D-1", "a@b.org", "x_y", "1+1"]) assertEquals(faultOfName(name), undefined);
});

test("hashes are what they are everywhere, and are read as they are written", async () => {
  const { subtle } = crypto;
  assertEquals(
    renderHash(await hashDrawn(subtle, "abc")),
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  // As Python's hashlib.pbkdf2_hmac makes it.
  const salt = (count: number) => new Uint8Array(count).fill(0x61);
  const chosen = await hashChosen(subtle, salt, "correct horse", 100_000);
  assertEquals(
    renderHash(chosen),
    `pbkdf2-sha256:100000:${
      "61".repeat(16)
    }:3de7562ca27faa0f2f47d0e05d4f5e0b9d2d80417b01d4960c7218d14523bdd5`,
  );
  assertEquals(parseHash(renderHash(chosen)), chosen);
});

test("passwords that are drawn have 26 signs of 32, each as likely as any", () => {
  const all = Uint8Array.from({ length: 26 }, (_, i) => i * 10);
  assertEquals(drawPassword((count) => all.subarray(0, count)).length, 26);
  const signs = new Set(
    Array.from({ length: 256 }, (_, byte) => drawPassword((n) => new Uint8Array(n).fill(byte))),
  );
  assertEquals(signs.size, 32);
  for (const password of signs) assert(/^([0-9a-hjkmnp-tv-z])\1{25}$/.test(password), password);
});
