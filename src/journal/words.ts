/** What a person reads of the journal. */
import { errorMessage } from "../log/error_text.ts";
import type { EventLevel } from "../log/server_log.ts";
import type { Fsync, JournalEvent } from "./journal.ts";

/** A record of the log: its level, whom it concerns, its sign, and the text. */
export function describeJournalEvent(event: JournalEvent, fsync: Fsync): [EventLevel, string, "!", string] {
  switch (event.kind) {
    case "trouble":
      return [
        "error",
        "",
        "!",
        `the journal cannot be written (${errorMessage(event.cause)}); ${MEANWHILE[fsync]}`,
      ];
    case "healed":
      return ["warn", "", "!", "the journal is written again, and has everything"];
    case "rewritten":
      return [
        "info",
        "",
        "!",
        `the journal was rewritten: ${event.fromBytes} bytes are ${event.toBytes} now`,
      ];
    case "not-rewritten":
      return [
        "warn",
        "",
        "!",
        `the journal could not be rewritten (${errorMessage(event.cause)}); the old one goes on`,
      ];
  }
}

const MEANWHILE: Readonly<Record<Fsync, string>> = {
  always: "until it can, locations are refused, and those under way are not acknowledged",
  interval: "until it can, locations are acknowledged that a crash would lose",
  never: "until it can, locations are acknowledged that a crash would lose",
};
