import { describe, expect, test } from "vitest";
import { makeMessage, type MessageInit } from "../../../src/core/delivery/make-message.ts";
import { headers } from "../../../src/core/protocol/headers.ts";
import { bytesOf } from "../support/bytes.ts";
import { thrownBy } from "../support/thrown.ts";

describe("a message made for a test", () => {
  test("has what it is made of, as if it had been received", () => {
    const data = bytesOf("€ 3");
    const m = makeMessage({ subject: "größe.b", reply: "re.ply", data, headers: { A: ["1", "2"] } });
    data.fill(0);
    expect([m.subject, m.reply, m.string(), m.size]).toEqual(["größe.b", "re.ply", "€ 3", 5]);
    expect(m.data).toEqual(bytesOf("€ 3"));
    expect(m.headers?.getAll("a")).toEqual(["1", "2"]);
    expect(m.subscription).toBeUndefined();
  });

  test("needs no more than a subject, and reads JSON", () => {
    const m = makeMessage({ subject: "a" });
    expect([m.reply, m.headers, m.string(), m.size]).toEqual([undefined, undefined, "", 0]);
    expect(makeMessage({ subject: "a", data: '{"n":1}', headers: headers({ B: "c" }) }).json()).toEqual({
      n: 1,
    });
    expect(thrownBy(() => m.respond("x"))).toMatchObject({ code: "MESSAGE_WITHOUT_REPLY" });
  });

  test("hands what it is responded with to whoever made it, checked as when it is published", () => {
    const responses: unknown[][] = [];
    const m = makeMessage({ subject: "a", respond: (...response) => void responses.push(response) });
    expect(m.reply).toBeDefined();
    m.respond("hello");
    m.respond(bytesOf("x"), { headers: { A: "1" } });
    expect(responses).toEqual([["hello"], [bytesOf("x"), { headers: { A: "1" } }]]);
    expect(thrownBy(() => m.respond({} as never))).toMatchObject({ code: "INVALID_PAYLOAD" });
    expect(thrownBy(() => m.respond("x", { header: {} } as never))).toMatchObject({ code: "INVALID_OPTION" });
    expect(thrownBy(() => m.respond("x", { reply: "a.*" }))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(responses).toHaveLength(2);
    makeMessage({ subject: "a", reply: "b" }).respond("nobody hears it");
  });

  test.each<[string, MessageInit]>([
    ["INVALID_SUBJECT", {} as MessageInit],
    ["INVALID_SUBJECT", { subject: "a.*" }],
    ["INVALID_SUBJECT", { subject: "a", reply: "b c" }],
    ["INVALID_PAYLOAD", { subject: "a", data: { n: 1 } as never }],
    ["INVALID_HEADER", { subject: "a", headers: { "a b": "c" } }],
    ["INVALID_OPTION", { subject: "a", payload: "x" } as never],
    ["INVALID_OPTION", undefined as never],
  ])("is refused with %s for what can't come: %o", (code, init) => {
    expect(thrownBy(() => makeMessage(init))).toMatchObject({ code });
  });
});
