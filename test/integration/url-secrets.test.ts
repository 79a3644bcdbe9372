import { inspect } from "node:util";
import { array, assert, asyncProperty, boolean, constantFrom, integer, tuple } from "fast-check";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { refusedUrl } from "../support/nats-server.ts";

const SPECIAL = [...Array.from("@/:?#%[]\\,;&= !$'()*+~^`{|}<>\""), "://", "%2F", "%", "\t", "é"];

/** Pieces of a secret that nothing else in an error is like. */
const piece = integer({ min: 0, max: 35 ** 4 - 1 }).map((n) => `q${n.toString(35).padStart(4, "0")}z`);

const userInfo = array(tuple(piece, constantFrom(...SPECIAL)), { minLength: 1, maxLength: 5 }).map(
  (parts) => ({
    text: parts.flat().join("") + "qendz",
    secrets: [...parts.map(([secret]) => secret), "qendz"],
  }),
);

/** Everything of an error that a log may show. */
function shown(error: unknown): string {
  const known = error as Error & Record<string, unknown>;
  const properties = Object.getOwnPropertyNames(known).map((name) => inspect(known[name], { depth: 5 }));
  return [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    known.stack,
    ...properties,
  ].join("\n");
}

test.each(["nats://", "tls://", "ws://", "wss://", ""])(
  "no error shows a piece of the user info of a %s URL, however wrong it is written [URL-06] [R86]",
  async (scheme) => {
    const host = (await refusedUrl()).replace(/^\w+:\/\//, "");
    await assert(
      asyncProperty(userInfo, boolean(), async ({ text, secrets }, asList) => {
        const url = `${scheme}joe:${text}@${host}`;
        const outcome = await connect({
          servers: asList ? [url] : url,
          timeout: 500,
        }).then(() => "connected", shown);
        for (const secret of secrets) expect(outcome).not.toContain(secret);
      }),
      { numRuns: 60 },
    );
  },
);
