/** The handshake's lines, and that a proof proves who made it, in what role, and all that was said. */
import { assert, assertEquals, assertFalse, assertNotEquals } from "@std/assert";
import {
  type Challenge,
  type HandshakeMessage,
  type Hello,
  HELLO_PREFIX,
  parseHandshake,
  Prover,
  renderHandshake,
  toHex,
} from "../../src/herd/handshake.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const RUN = "00112233445566778899aabbccddeeff";
const OTHER = "ffffffffffffffffffffffffffffffff";
const PROOF = "ab".repeat(32);

const HELLO: Hello = {
  kind: "hello",
  herd: "herd",
  from: "Goloman",
  to: "Hands",
  nonce: NONCE,
  run: RUN,
  held: { run: "fedcba9876543210fedcba9876543210", seq: 12 },
};
const CHALLENGE: Challenge = {
  kind: "challenge",
  nonce: OTHER,
  run: "abcdef0123456789abcdef0123456789",
  held: undefined,
  proof: PROOF,
};

test("messages are rendered as the README shows them", () => {
  assertEquals(
    renderHandshake(HELLO),
    `HERD/1 HELLO herd Goloman Hands ${NONCE} ${RUN} fedcba9876543210fedcba9876543210 12\n`,
  );
  assertEquals(
    renderHandshake(CHALLENGE),
    `HERD/1 CHALLENGE ${OTHER} abcdef0123456789abcdef0123456789 - 0 ${PROOF}\n`,
  );
  assertEquals(renderHandshake({ kind: "proof", proof: PROOF }), `HERD/1 PROOF ${PROOF}\n`);
  assertEquals(renderHandshake({ kind: "welcome" }), "HERD/1 WELCOME\n");
  assertEquals(renderHandshake({ kind: "busy" }), "HERD/1 BUSY\n");
});

const hex = (bytes: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: 2 * bytes, maxLength: 2 * bytes })
    .map((digits) => digits.join(""));
const name = fc.array(fc.integer({ min: 0x21, max: 0x7e }), { minLength: 1, maxLength: 64 })
  .map((bytes) => String.fromCharCode(...bytes));
const held = fc.option(
  fc.record({ run: hex(16), seq: fc.oneof(fc.nat(), fc.integer({ min: 0, max: 999_999_999_999_999 })) }),
  { nil: undefined },
);
const hello: fc.Arbitrary<Hello> = fc.record({
  kind: fc.constant("hello" as const),
  herd: name,
  from: name,
  to: name,
  nonce: hex(16),
  run: hex(16),
  held,
});
const challenge: fc.Arbitrary<Challenge> = fc.record({
  kind: fc.constant("challenge" as const),
  nonce: hex(16),
  run: hex(16),
  held,
  proof: hex(32),
});
const message: fc.Arbitrary<HandshakeMessage> = fc.oneof(
  hello,
  challenge,
  fc.record({ kind: fc.constant("proof" as const), proof: hex(32) }),
  fc.constantFrom({ kind: "welcome" as const }, { kind: "busy" as const }),
);

test("what was rendered is parsed into the same", () => {
  fc.assert(
    fc.property(message, (one) => {
      const line = renderHandshake(one);
      assert(line.endsWith("\n"));
      assertEquals(parseHandshake(line.slice(0, -1)), one);
    }),
    { numRuns: 1_000 },
  );
});

test("a hello, and nothing else, begins with the bytes that ask to become a link", () => {
  const prefix = new TextDecoder().decode(HELLO_PREFIX);
  fc.assert(
    fc.property(message, (one) => {
      assertEquals(renderHandshake(one).startsWith(prefix), one.kind === "hello");
    }),
    { numRuns: 200 },
  );
});

test("what is nearly a message is none", () => {
  const past = `${RUN} ${OTHER} 12`;
  const lines = [
    "",
    " ",
    "HERD/1",
    "HERD/1 ",
    "HERD/1 HULLO",
    "HERD/1 BEAT",
    "HERD/1 MARK 5",
    "AT Goloman +0.000000000 kiwi +1+2 3",
    "HERD/1 WELCOME ",
    "HERD/1 WELCOME x",
    " HERD/1 WELCOME",
    "HERD/1  WELCOME",
    "HERD/1\tWELCOME",
    "HERD/1 WELCOME\r",
    "HERD/1 welcome",
    "herd/1 WELCOME",
    "HERD/2 WELCOME",
    "HERD/11 WELCOME",
    "HERD/ WELCOME",
    "HERD/1 BUSY x",
    "HERD/1 PROOF",
    "HERD/1 PROOF ",
    `HERD/1 PROOF ${PROOF} `,
    `HERD/1 PROOF ${PROOF}\n`,
    `HERD/1 PROOF ${PROOF} ${PROOF}`,
    `HERD/1 PROOF ${PROOF.slice(1)}`,
    `HERD/1 PROOF ${PROOF}0`,
    `HERD/1 PROOF ${PROOF.toUpperCase()}`,
    `HERD/1 PROOF ${PROOF.slice(1)}g`,
    `HERD/1 PROOF 0x${PROOF.slice(2)}`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} - 0 x`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} - 0 `,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} - 0\r`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} -`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN}`,
    `HERD/1 HELLO a b ${NONCE} ${past}`,
    `HERD/1 HELLO herd a  b ${NONCE} ${past}`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} - 5`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} 0 0`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} -- 0`,
    `HERD/1 HELLO herd a b ${NONCE.slice(1)} ${past}`,
    `HERD/1 HELLO herd a b ${NONCE}0 ${past}`,
    `HERD/1 HELLO herd a b ${NONCE.toUpperCase()} ${past}`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN.slice(1)} - 0`,
    `HERD/1 HELLO herd a b - ${past}`,
    `HERD/1 HELLO herd a b ${NONCE} - - 0`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} ${OTHER} -1`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} ${OTHER} 1.5`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} ${OTHER} 1e5`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} ${OTHER} +5`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} ${OTHER} `,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} ${OTHER} 1234567890123456`,
    `HERD/1 HELLO herd a b ${NONCE} ${RUN} ${OTHER.slice(1)} 5`,
    `HERD/1 CHALLENGE ${NONCE} ${past}`,
    `HERD/1 CHALLENGE ${NONCE} ${past} ${PROOF} x`,
    `HERD/1 CHALLENGE ${NONCE} ${past} ${PROOF.slice(1)}`,
    `HERD/1 CHALLENGE ${NONCE} ${RUN} - 1 ${PROOF}`,
    `HERD/1 CHALLENGE ${NONCE.slice(1)} ${past} ${PROOF}`,
    `HERD/1 CHALLENGE ${NONCE} x${RUN} - 0 ${PROOF}`,
    `HERD/1 CHALLENGE  ${NONCE} ${past} ${PROOF}`,
  ];
  for (const line of lines) assertEquals(parseHandshake(line), undefined, JSON.stringify(line));
});

test("a line that lost a field, or got one, is no message", () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.boolean(), (one, place, isLost) => {
      const fields = renderHandshake(one).slice(0, -1).split(" ");
      const at = place % fields.length;
      const changed = isLost ? fields.toSpliced(at, 1) : fields.toSpliced(at + 1, 0, fields[at] ?? "");
      assertEquals(parseHandshake(changed.join(" ")), undefined);
    }),
    { numRuns: 1_000 },
  );
});

test("bytes in hex", () => {
  assertEquals(toHex(Uint8Array.of()), "");
  assertEquals(toHex(Uint8Array.of(0, 1, 15, 16, 255)), "00010f10ff");
});

// ------------------------------------------------------------------------------------------------------ proofs

const ROLES = ["dialer", "acceptor"] as const;

test("a proof of version 1 is what it has always been", async () => {
  const prover = new Prover(crypto.subtle, ["s3cret"]);
  assertEquals(
    [await prover.prove("acceptor", HELLO, CHALLENGE), await prover.prove("dialer", HELLO, CHALLENGE)],
    [
      "caa49e8dd467e59bfc7b30fac1b728b4eaab676cc108202764fad3794e2e2f04",
      "bca2c69d8ab818abf5e33f42c8180055a71dd459c49c23b52bf0299e63d06e64",
    ],
  );
});

test("who knows the secret proves it, in either role, and in lines that parse", async () => {
  for (const secret of ["s3cret", "x", " with spaces ", "schlüssel 🔑", "x".repeat(1_000)]) {
    const mine = new Prover(crypto.subtle, [secret]);
    const yours = new Prover(crypto.subtle, [secret]);
    assert(mine.hasSecret);
    for (const role of ROLES) {
      const proof = await mine.prove(role, HELLO, CHALLENGE);
      assertEquals(parseHandshake(`HERD/1 PROOF ${proof}`), { kind: "proof", proof });
      assertEquals(await yours.check(proof, role, HELLO, CHALLENGE), 0);
    }
  }
});

test("another secret proves nothing", async () => {
  const pairs = [["s3cret", "s3crea"], ["s3cret", "S3cret"], ["s3cret", "s3cret "], ["a", "a".repeat(65)]];
  for (const [mine = "", yours = ""] of pairs) {
    for (const role of ROLES) {
      const proof = await new Prover(crypto.subtle, [mine]).prove(role, HELLO, CHALLENGE);
      assertEquals(await new Prover(crypto.subtle, [yours]).check(proof, role, HELLO, CHALLENGE), -1, yours);
    }
  }
});

test("a proof holds for its own role only, so that it cannot be sent back", async () => {
  const prover = new Prover(crypto.subtle, ["s3cret"]);
  const dialer = await prover.prove("dialer", HELLO, CHALLENGE);
  const acceptor = await prover.prove("acceptor", HELLO, CHALLENGE);
  assertNotEquals(dialer, acceptor);
  assertEquals(await prover.check(dialer, "acceptor", HELLO, CHALLENGE), -1);
  assertEquals(await prover.check(acceptor, "dialer", HELLO, CHALLENGE), -1);
});

const otherHellos: readonly (readonly [what: string, change: Partial<Hello>])[] = [
  ["another herd", { herd: "Herd" }],
  ["another dialer", { from: "Welsh" }],
  ["another acceptor", { to: "Welsh" }],
  ["names exchanged", { from: "Hands", to: "Goloman" }],
  ["a letter moved from name to name", { herd: "her", from: "dGoloman" }],
  ["another nonce", { nonce: OTHER }],
  ["another run", { run: OTHER }],
  ["nonce and run exchanged", { nonce: RUN, run: NONCE }],
  ["nothing held", { held: undefined }],
  ["more held", { held: { run: HELLO.held?.run ?? "", seq: 13 } }],
  ["less held", { held: { run: HELLO.held?.run ?? "", seq: 0 } }],
  ["another run held", { held: { run: OTHER, seq: 12 } }],
];
const otherChallenges: readonly (readonly [what: string, change: Partial<Challenge>])[] = [
  ["another nonce", { nonce: NONCE }],
  ["another run", { run: RUN }],
  ["something held", { held: { run: RUN, seq: 0 } }],
  ["something held, and more", { held: { run: OTHER, seq: 12 } }],
];

test("a proof speaks of all that was said", async () => {
  const prover = new Prover(crypto.subtle, ["s3cret"]);
  for (const role of ROLES) {
    const proof = await prover.prove(role, HELLO, CHALLENGE);
    for (const [what, change] of otherHellos) {
      assertEquals(await prover.check(proof, role, { ...HELLO, ...change }, CHALLENGE), -1, what);
    }
    for (const [what, change] of otherChallenges) {
      assertEquals(await prover.check(proof, role, HELLO, { ...CHALLENGE, ...change }), -1, what);
    }
  }
});

test("what is said differently is proved differently", async () => {
  const prover = new Prover(crypto.subtle, ["s3cret"]);
  await fc.assert(
    fc.asyncProperty(hello, hello, challenge, challenge, async (h1, h2, c1, c2) => {
      const said = (h: Hello, c: Challenge) => renderHandshake(h) + renderHandshake({ ...c, proof: "" });
      const isSame = said(h1, c1) === said(h2, c2);
      const proof = await prover.prove("dialer", h1, c1);
      assertEquals(await prover.check(proof, "dialer", h2, c2), isSame ? 0 : -1);
      assertEquals(await prover.check(proof, "dialer", { ...h1 }, { ...c1 }), 0);
    }),
    { numRuns: 100 },
  );
});

test("a damaged proof proves nothing", async () => {
  const prover = new Prover(crypto.subtle, ["s3cret"]);
  const proof = await prover.prove("dialer", HELLO, CHALLENGE);
  const damaged = Array.from(
    proof,
    (digit, i) => proof.slice(0, i) + (digit === "0" ? "1" : "0") + proof.slice(i + 1),
  );
  for (const one of [...damaged, "", proof.slice(2), `${proof}00`, "00".repeat(32)]) {
    assertEquals(await prover.check(one, "dialer", HELLO, CHALLENGE), -1, one);
  }
});

test("while a secret is rotated, either is taken, the first is used, and the answer can be under the other's", async () => {
  const old = new Prover(crypto.subtle, ["old"]);
  const both = new Prover(crypto.subtle, ["new", "old"]);
  const fresh = new Prover(crypto.subtle, ["new"]);
  const byOld = await old.prove("dialer", HELLO, CHALLENGE);
  const byBoth = await both.prove("acceptor", HELLO, CHALLENGE);
  assertEquals(await both.check(byOld, "dialer", HELLO, CHALLENGE), 1);
  assertEquals(await fresh.check(byOld, "dialer", HELLO, CHALLENGE), -1);
  assertEquals(await fresh.check(byBoth, "acceptor", HELLO, CHALLENGE), 0);
  assertEquals(await old.check(byBoth, "acceptor", HELLO, CHALLENGE), -1);
  const answer = await both.prove("acceptor", HELLO, CHALLENGE, 1);
  assertEquals(await old.check(answer, "acceptor", HELLO, CHALLENGE), 0);
});

test("without a secret there is nothing to prove, but both ends agree", async () => {
  const none = new Prover(crypto.subtle, []);
  assertFalse(none.hasSecret);
  for (const role of ROLES) {
    const proof = await none.prove(role, HELLO, CHALLENGE);
    assertEquals(await new Prover(crypto.subtle, []).check(proof, role, HELLO, CHALLENGE), 0);
    assertEquals(await new Prover(crypto.subtle, ["s3cret"]).check(proof, role, HELLO, CHALLENGE), -1);
  }
});
