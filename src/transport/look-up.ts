import { lookup } from "node:dns";
import { isIP } from "node:net";
import { ConnectionError } from "../core/errors.ts";
import { shuffle } from "../core/shuffle.ts";
import type { DialContext, ServerAddress } from "../core/transport.ts";

/** Errors of a look-up that say that the name, and not the network, is at fault. */
const DNS_CODES = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"]);

/** All addresses of a host, as the operating system knows them, the families by turns (DIAL-01). */
export function lookUp({ host, port }: ServerAddress, context: DialContext): Promise<readonly string[]> {
  if (isIP(host) !== 0) return Promise.resolve([host]);
  const { signal, localAddress, randomize } = context;
  context.enterPhase("dns");
  return new Promise((resolve, reject) => {
    // A look-up can't be called off; what it finds then is of no use to anybody.
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    // From a local address of one family nothing of the other can be reached.
    const family = localAddress === undefined ? 0 : isIP(localAddress);
    lookup(host, { all: true, family }, (error, found) => {
      signal.removeEventListener("abort", onAbort);
      if (error === null) resolve(byTurns(found, randomize));
      else reject(lookUpError(error, host, port));
    });
  });
}

/** The system's order says which family is better; within one, chance spreads the clients (DIAL-03). */
export function byTurns(found: readonly { address: string; family: number }[], randomize: boolean): string[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const second = found.filter(({ family }) => family !== found[0]?.family);
  if (randomize) for (const addresses of [first, second]) shuffle(addresses);
  const turns = Array.from({ length: found.length }, (_, i) => [first[i], second[i]]);
  return turns.flat().flatMap((one) => (one === undefined ? [] : [one.address]));
}

function lookUpError(error: NodeJS.ErrnoException, host: string, port: number): ConnectionError {
  const facts = { cause: error, phase: "dns" } as const;
  if (DNS_CODES.has(error.code ?? "")) {
    return new ConnectionError("DNS_FAILED", `the name "${host}" can't be looked up (${error.code})`, facts);
  }
  return new ConnectionError("DIAL_FAILED", `can't reach ${host}:${port}: ${error.message}`, facts);
}
