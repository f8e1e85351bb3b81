/** Where a reader of events stands: in which life of the server, and how many changes it has seen of it. */

export interface EventId {
  readonly run: string;
  readonly seq: number;
}

/** The form of an event's ID. */
export const EVENT_ID = /^([0-9a-zA-Z]+):(\d{1,15})$/;

export function formatEventId({ run, seq }: EventId): string {
  return `${run}:${seq}`;
}

/** What `text` says; undefined where it is no event's ID. */
export function parseEventId(text: string): EventId | undefined {
  const [, run, seq] = EVENT_ID.exec(text) ?? [];
  return run === undefined ? undefined : { run, seq: Number(seq) };
}
