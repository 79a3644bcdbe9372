import { expect, test } from "vitest";
import { makePublication } from "../../../src/server/protocol/make-publication.ts";
import type { Publication } from "../../../src/server/protocol/publication.ts";
import { Account } from "../../../src/server/routing/account.ts";
import { seededRandom } from "../../../src/server/routing/random.ts";
import { Outbound } from "../../../src/server/session/outbound.ts";
import { SlabPool } from "../../../src/server/session/slab-pool.ts";
import { eventually } from "../../support/eventually.ts";
import { collectingLink } from "./collecting-link.ts";

/** What a client gets of a message. */
async function framed(publication: Publication, takesHeaders: boolean): Promise<string> {
  const { link, text } = collectingLink();
  const limits = { maxPending: 1e6, writeDeadline: 1e4 };
  new Outbound(link, new SlabPool(), limits, () => undefined).message("1", publication, takesHeaders);
  return await eventually(() => {
    expect(text()).not.toBe("");
    return text();
  });
}

const HELLO = new TextEncoder().encode("hello");

test("messages of the server's own have headers and a status, if they are given", async () => {
  const made = [
    makePublication("a", HELLO),
    makePublication("a", HELLO, { reply: "r" }),
    makePublication("a", new Uint8Array(0), { status: "404 No Messages" }),
    makePublication("a", HELLO, { reply: "r", headers: { "Nats-Stream": "ORDERS", "Nats-Sequence": "7" } }),
  ];
  expect(await Promise.all(made.map((one) => framed(one, true)))).toEqual([
    "MSG a 1 5\r\nhello\r\n",
    "MSG a 1 r 5\r\nhello\r\n",
    "HMSG a 1 28 28\r\nNATS/1.0 404 No Messages\r\n\r\n\r\n",
    "HMSG a 1 r 51 56\r\nNATS/1.0\r\nNats-Stream: ORDERS\r\nNats-Sequence: 7\r\n\r\nhello\r\n",
  ]);
  expect(await framed(made[3]!, false)).toBe("MSG a 1 r 5\r\nhello\r\n");
});

test("a service of the server's answers with headers", () => {
  const account = new Account("A", seededRandom(1));
  const seen: string[] = [];
  account.serve("inbox", ({ headerSize, bytes, bodyStart, payload }) => {
    const head = new TextDecoder().decode(bytes.subarray(bodyStart, bodyStart + headerSize));
    seen.push(head, new TextDecoder().decode(payload));
  });
  account.serve(
    "ask",
    ({ reply }) => void account.publish(reply, HELLO, { status: "200", headers: { A: "b" } }),
  );
  expect(account.publish("ask", HELLO, { reply: "inbox" })).toBe(true);
  expect(seen).toEqual(["NATS/1.0 200\r\nA: b\r\n\r\n", "hello"]);
  expect(account.publish("nobody", HELLO)).toBe(false);
});
