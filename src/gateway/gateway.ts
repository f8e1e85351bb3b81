/** The HTTP door: a second way in to the same server, for phones, programs, operators and people. */
import type { Limits } from "../limits.ts";
import type { Address, HttpListener, TlsIdentity, UnreadableStatus } from "../runtime/runtime.ts";
import { Api } from "./api.ts";
import { addClientCollection } from "./client_collection.ts";
import { addClients } from "./clients.ts";
import type { GatewayContext } from "./context.ts";
import { addEvents } from "./events.ts";
import { addHealth } from "./health.ts";
import { addMetrics } from "./metrics.ts";
import { addOpenApi } from "./open_api.ts";
import { addPhones } from "./phones/phones.ts";
import { addHerd } from "./herd.ts";
import { Problem, PROBLEM_TYPE } from "./problem.ts";
import { Turns } from "./turns.ts";
import { addPage } from "./page.ts";

export interface Gateway {
  /** Where it listens. */
  readonly address: Address;
  /** Accepts no more, ends streams, and waits for the answers that are due, for at most `withinMs`. */
  close(withinMs: number): Promise<void>;
}

/**
 * Opens the door at `address`.
 * @throws {AddressInUseError} when the port is taken.
 */
export async function openGateway(
  context: Omit<GatewayContext, "closing">,
  address: Address,
  tls: TlsIdentity | undefined,
): Promise<Gateway> {
  const closing = new AbortController();
  const api = makeApi({ ...context, closing: closing.signal });
  const { runtime, limits, limitHits } = context;
  const listener: HttpListener = await runtime.network.serveHttp(address, {
    tls,
    bounds: {
      connections: limits.httpConnections,
      connectionsPerAddress: limits.httpConnectionsPerAddress,
      headerBytes: limits.httpHeaderBytes,
      requestMs: limits.httpRequestMs,
      pipelined: limits.httpPipelined,
      idleMs: limits.httpIdleMs,
      // An answer that is still waited for is not silence.
      silentMs: limits.httpAnswerMs + limits.stalledMs,
    },
    answer: (request, remote) => api.answer(request, remote),
    unreadable(status) {
      api.counts.add(undefined, status);
      return { type: PROBLEM_TYPE, text: unreadableProblem(status, limits).toText() };
    },
    refused(bound) {
      switch (bound) {
        case "connections":
          return limitHits.hit("httpConnections");
        case "connectionsPerAddress":
          return limitHits.hit("httpConnectionsPerAddress");
        case "headerBytes":
          return limitHits.hit("httpHeaderBytes");
        case "requestMs":
          return limitHits.hit("httpRequestMs");
        case "pipelined":
          return limitHits.hit("httpPipelined");
        case "silentMs":
          return limitHits.hit("stalledMs");
        case "idleMs":
          return;
      }
    },
  });
  return {
    address: listener.address,
    close(withinMs) {
      closing.abort();
      return listener.close(withinMs);
    },
  };
}

/** What is wrong with what no route gets to see. */
function unreadableProblem(status: UnreadableStatus, limits: Limits): Problem {
  switch (status) {
    case 400:
      return new Problem(status, "Not understood", "this is no request of HTTP/1.1 in good order");
    case 408:
      return new Problem(status, "Too late", `a request arrives within ${limits.httpRequestMs} ms here`);
    case 431:
      return new Problem(
        status,
        "Too large",
        `a request's head has at most ${limits.httpHeaderBytes} bytes here`,
      );
  }
}

/** All routes. */
export function makeApi(context: GatewayContext): Api {
  const api = new Api(context);
  addPhones(api, context);
  addHerd(api, context);
  addHealth(api, context);
  addMetrics(api, context);
  addClients(api, context);
  const turns = new Turns(context.runtime.clock);
  addClientCollection(api, context, turns);
  addEvents(api, context, turns);
  addOpenApi(api);
  addPage(api);
  return api;
}
