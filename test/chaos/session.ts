/** One client's session: sends requests, and takes the replies one by one, in the order of the requests. */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";

export interface Request {
  /** Without its LF. */
  readonly line: string;
  /** Whether the reply, where it is no error line, goes on behind its first line to two newlines. */
  readonly isQuestion: boolean;
  /** Takes the whole reply, without the newlines behind it. */
  answered(reply: string): void;
}

/** How a wait for replies ended: all came, the connection ended before, or they did not come in time. */
export type Outcome = "answered" | "ended" | "late";

export class Session {
  /** What was asked and not answered yet, oldest first. */
  readonly unanswered: Request[] = [];
  readonly #socket: Socket;
  #unread = "";
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.#unread += bytes.toString("latin1");
      this.#takeReplies();
      this.#wake();
    });
    const ended = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", ended);
    socket.on("error", ended);
    socket.on("close", ended);
  }

  /** Undefined where nobody answers in time. */
  static connect(port: number, ms: number): Promise<Session | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
      const give = (session: Session | undefined) => {
        clearTimeout(timer);
        socket.off("error", failed);
        if (session === undefined) {
          socket.on("error", () => {});
          socket.destroy();
        }
        resolve(session);
      };
      const failed = () => give(undefined);
      const timer = setTimeout(failed, ms);
      socket.on("error", failed);
      socket.once("connect", () => give(new Session(socket)));
    });
  }

  /** What came that nobody had asked for, or was begun and not ended. */
  get unread(): string {
    return this.#unread;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends requests, in pieces that end at the bytes `splits`, ascending. */
  send(requests: readonly Request[], splits: readonly number[] = []): void {
    this.unanswered.push(...requests);
    const bytes = Buffer.from(requests.map(({ line }) => `${line}\n`).join(""), "latin1");
    let at = 0;
    for (const end of [...splits, bytes.length]) {
      if (end > at) this.#socket.write(bytes.subarray(at, end), () => {});
      at = Math.max(at, end);
    }
  }

  /** Sends bytes that no reply is expected to. */
  mutter(bytes: string): void {
    this.#socket.write(Buffer.from(bytes, "latin1"), () => {});
  }

  /** Waits for the replies to all that was asked. */
  async settled(ms: number): Promise<Outcome> {
    const isSettled = () => this.unanswered.length === 0 || this.#ended;
    if (!await this.#waitFor(isSettled, ms)) return "late";
    return this.unanswered.length === 0 ? "answered" : "ended";
  }

  /** Ends its side, and waits for the server to end the other. @returns whether it did in time. */
  async finish(ms: number): Promise<boolean> {
    this.#socket.end();
    const ended = await this.#waitFor(() => this.#ended, ms);
    this.#socket.destroy();
    return ended;
  }

  /** Vanishes: the server's next read fails. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#socket.destroy();
  }

  #waitFor(isReady: () => boolean, ms: number): Promise<boolean> {
    if (isReady()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const give = (ready: boolean) => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve(ready);
      };
      const timer = setTimeout(() => give(false), ms);
      this.#wake = () => {
        if (isReady()) give(true);
      };
    });
  }

  #takeReplies(): void {
    for (let request = this.unanswered[0]; request !== undefined; request = this.unanswered[0]) {
      const lf = this.#unread.indexOf("\n");
      if (lf < 0) return;
      const isLong = request.isQuestion && this.#unread.startsWith("AT ");
      const end = isLong ? this.#unread.indexOf("\n\n", lf + 1) : lf;
      if (end < 0) return;
      const reply = this.#unread.slice(0, end);
      this.#unread = this.#unread.slice(end + (isLong ? 2 : 1));
      this.unanswered.shift();
      request.answered(reply);
    }
  }
}
