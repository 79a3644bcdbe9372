import { describe, expect, test } from "vitest";
import { connect, headers, type Message } from "../../src/index.ts";
import { thrown } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";

const access = useServer();

describe("forward", () => {
  test("publishes a message as it came, to another subject or by another connection", async () => {
    await using nc = await connect(access.url);
    await using other = await connect(access.url);
    const sub = nc.subscribe("to.>");
    const given = { reply: "back", headers: headers({ B: ["2", "3"], a: "1" }) };
    const forwarded: Message[] = [];
    other.subscribe("from", {
      callback: (m) => {
        nc.forward(m, "to.here");
        forwarded.push(m);
      },
    });
    other.subscribe("to.same", { max: 1, callback: (m) => other.forward(m) });
    await other.flush();
    nc.publish("from", "payload", given);
    const message = await sub.next({ timeout: 10_000 });
    expect([message.subject, message.reply, message.string()]).toEqual(["to.here", "back", "payload"]);
    expect([...message.headers!]).toEqual([...forwarded[0]!.headers!]);
    nc.publish("to.same", new Uint8Array(100_000));
    expect((await sub.next({ timeout: 10_000 })).size).toBe(100_000);
    expect((await sub.next({ timeout: 10_000 })).size).toBe(100_000);
  });

  test("lets the response to a forwarded request go to whoever asked", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("front", { callback: (m) => nc.forward(m, "back") });
    nc.subscribe("back", { callback: (m) => m.respond(`answer to ${m.string()}`) });
    expect((await nc.request("front", "question")).string()).toBe("answer to question");
  });

  test("refuses a subject that can't be published to, and a closed connection", async () => {
    const nc = await connect(access.url);
    const sub = nc.subscribe("from");
    nc.publish("from", "x");
    const message = await sub.next({ timeout: 10_000 });
    expect(thrown(() => nc.forward(message, "a.*"))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(thrown(() => nc.forward("from" as never))).toMatchObject({ code: "INVALID_OPTION" });
    expect(thrown(() => nc.forward(undefined as never, "to"))).toMatchObject({ argument: "message" });
    await nc.close();
    expect(thrown(() => nc.forward(message))).toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});
