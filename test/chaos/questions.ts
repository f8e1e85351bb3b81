/** What a run asks the servers itself, beside its clients. */
import type { Ledger } from "./ledger.ts";
import { readAnswer } from "./load.ts";
import type { Pack } from "./pack.ts";
import type { ServerName } from "./plan.ts";
import { Session } from "./session.ts";

const ASK_MS = 5_000;
/** The same for all questions that there are. */
const ASK_ALL_MS = 30_000;

/** Sends a report of a new client. @returns its AT line once it is acknowledged; undefined where it is not. */
export async function acknowledgedReport(
  pack: Pack,
  ledger: Ledger,
  server: ServerName,
): Promise<string | undefined> {
  const session = await Session.connect(pack.portOf(server), ASK_MS);
  if (session === undefined) return undefined;
  ledger.grow(ledger.size + 1);
  const report = ledger.issue(ledger.size - 1, server);
  let line: string | undefined;
  session.send([{
    line: report.line,
    isQuestion: false,
    answered(reply) {
      if (reply === `? ${report.line}`) ledger.refuse(report);
      else if (ledger.acknowledge(report, reply) === undefined) line = reply;
    },
  }]);
  if (await session.settled(ASK_MS) !== "answered") ledger.doubt();
  session.close();
  return line;
}

/** What a server holds: the AT line of each client, by its number; undefined where it knows none. */
export type Holdings = readonly (string | undefined)[];

/**
 * Asks a server for clients, all of them where none are named.
 * @throws {Error} when it does not answer, or answers wrong.
 */
export async function holdingsOf(
  pack: Pack,
  ledger: Ledger,
  server: ServerName,
  clients: readonly number[] = Array.from({ length: ledger.size }, (_, client) => client),
): Promise<Holdings> {
  const session = await Session.connect(pack.portOf(server), ASK_MS);
  if (session === undefined) throw new Error(`${server} does not answer`);
  const holdings: (string | undefined)[] = [];
  const wrong: string[] = [];
  session.send(clients.map((client) => {
    const line = `WHATSAT ${ledger.nameOf(client)} 0 0`;
    return {
      line,
      isQuestion: true,
      answered(reply: string) {
        holdings[client] = reply === `? ${line}` ? undefined : reply.slice(0, reply.indexOf("\n"));
        const held = reply === `? ${line}` ? undefined : readAnswer(ledger, client, reply);
        if (typeof held === "string") wrong.push(held);
      },
    };
  }));
  const outcome = await session.settled(ASK_ALL_MS);
  session.close();
  if (outcome !== "answered") throw new Error(`${server} has not answered all questions (${outcome})`);
  if (wrong.length > 0) throw new Error(`${server}: ${wrong[0]}`);
  return holdings;
}

/** Whether a server knows a client. */
export async function knows(pack: Pack, server: ServerName, client: string): Promise<boolean> {
  const session = await Session.connect(pack.portOf(server), ASK_MS);
  let answer = "";
  session?.send([{
    line: `WHATSAT ${client} 0 0`,
    isQuestion: true,
    answered(reply) {
      answer = reply;
    },
  }]);
  await session?.settled(ASK_MS);
  session?.close();
  if (answer === "") throw new Error(`${server} does not answer`);
  return answer.startsWith("AT ");
}
