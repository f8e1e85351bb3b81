/** Ports for a herd of the demo: the topology's own, or others where somebody has one of these. */
import { AddressInUseError, type Network } from "../runtime/runtime.ts";

export interface Ports {
  readonly port: number;
  readonly http: number;
}

/** Others are tried so far above. */
const STEP = 1_000;
const TRIES = 20;
const MAX_PORT = 65_535;

/**
 * The first of `wanted`, `wanted` plus 1000 and so on that are all free on `host`; undefined where none is.
 * @throws {Error} when a port cannot be had for another reason than that it is taken.
 */
export async function findPorts(
  network: Pick<Network, "listen">,
  host: string,
  wanted: readonly Ports[],
): Promise<readonly Ports[] | undefined> {
  for (let i = 0; i < TRIES; i++) {
    const ports = wanted.map(({ port, http }) => ({ port: port + i * STEP, http: http + i * STEP }));
    if (ports.some(({ port, http }) => Math.max(port, http) > MAX_PORT)) return undefined;
    const free = await Promise.all(
      ports.flatMap(({ port, http }) => [isFree(network, host, port), isFree(network, host, http)]),
    );
    if (free.every((isFree) => isFree)) return ports;
  }
  return undefined;
}

async function isFree(network: Pick<Network, "listen">, host: string, port: number): Promise<boolean> {
  try {
    (await network.listen({ host, port }, (connection) => connection.destroy())).close();
    return true;
  } catch (error) {
    if (error instanceof AddressInUseError) return false;
    throw error;
  }
}
