/** What is wrong with a request, in the words of RFC 9457: problem+json. */
import * as v from "valibot";

export const PROBLEM_TYPE = "application/problem+json";

/** Thrown by whoever answers a request; the gateway makes the response of it. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly title: string;
  /** Further headers of the response. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param title the kind of problem, the same each time.
   * @param detail what was wrong this time, and what would be right.
   */
  constructor(status: number, title: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.title = title;
    this.headers = headers;
  }

  toResponse(): Response {
    return new Response(this.toText(), {
      status: this.status,
      headers: { "content-type": PROBLEM_TYPE, ...this.headers },
    });
  }

  /** As JSON. */
  toText(): string {
    const { status, title, message: detail } = this;
    return JSON.stringify({ type: "about:blank", title, status, detail });
  }
}

/** The form of a problem, for the OpenAPI description. */
export const problemSchema = v.strictObject({
  type: v.string(),
  title: v.pipe(v.string(), v.description("The kind of problem, the same each time.")),
  status: v.number(),
  detail: v.pipe(v.string(), v.description("What was wrong this time, and what would be right.")),
});
