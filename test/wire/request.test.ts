import { describe, expect, test } from "vitest";
import { headers } from "../../src/index.ts";
import { onTheWire } from "./wire.ts";

const ID = "[0-9A-Za-z]{22}";
const TOKEN = "[0-9A-Za-z]{8}";
const NO_RESPONDERS = "NATS/1.0 503\r\n\r\n";

/** A message from the server with this reply subject as its subject. */
function response(subject: string, payload: string, sid = 1): string {
  return `MSG ${subject} ${sid} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
}

/** The reply subject in a PUB line. */
function replyIn(line: string): string {
  return line.split(" ")[2]!;
}

describe("a request", () => {
  test("subscribes to an inbox with a wildcard, once, and publishes with a token of its own [REQ-01] [REQ-02] [INBOX-01] [INBOX-05]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      const requests = Promise.allSettled([nc.request("foo", "hi"), nc.request("bar")]);
      const wire = await sent();
      const shape = new RegExp(
        `^SUB (_INBOX\\.${ID})\\.\\* 1\r\nPUB foo \\1\\.(${TOKEN}) 2\r\nhi\r\nPUB bar \\1\\.(${TOKEN}) 0\r\n\r\n$`,
      );
      expect(wire).toMatch(shape);
      const [, , first, second] = shape.exec(wire)!;
      expect(first).not.toBe(second);
      await nc.close();
      await requests;
    });
  });

  test("has headers, and honours the prefix of inboxes [INBOX-03] [REQ-13]", async () => {
    await onTheWire(
      async ({ nc, sent }) => {
        const request = Promise.allSettled([nc.request("foo", "hi", { headers: headers({ A: "b" }) })]);
        expect(await sent()).toMatch(
          new RegExp(
            `^SUB (_me\\.x\\.${ID})\\.\\* 1\r\nHPUB foo \\1\\.${TOKEN} 18 20\r\nNATS/1\\.0\r\nA: b\r\n\r\nhi\r\n$`,
          ),
        );
        await nc.close();
        await request;
      },
      { inboxPrefix: "_me.x" },
    );
  });

  test("gets the first response to its subject, and later ones are dropped [REQ-03]", async () => {
    await onTheWire(async ({ nc, peer, receive }) => {
      const [one, two] = [nc.request("a"), nc.request("b")];
      await peer.expect("SUB");
      const first = replyIn(await peer.expect("PUB"));
      await peer.readLine();
      const second = replyIn(await peer.expect("PUB"));
      await receive(response(second, "2") + response(first, "1") + response(first, "late"));
      expect([(await one).string(), (await two).string()]).toEqual(["1", "2"]);
      expect((await one).subject).toBe(first);
      expect(nc.stats().inMessages).toBe(3);
    });
  });

  test("with an inbox of its own subscribes to just that, and unsubscribes after the response [REQ-20]", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      const request = nc.request("foo", "hi", { ownInbox: true });
      const wire = await sent();
      expect(wire).toMatch(new RegExp(`^SUB (_INBOX\\.${ID}) 1\r\nPUB foo \\1 2\r\nhi\r\n$`));
      peer.send(response(wire.split(" ")[1]!, "answer"));
      expect((await request).string()).toBe("answer");
      expect(await sent()).toBe("UNSUB 1\r\n");
    });
  });

  test("ends at once with 503 and no payload; with a payload that is a response [REQ-06] [SC-28]", async () => {
    await onTheWire(async ({ nc, peer }) => {
      const [nobody, somebody] = [nc.request("foo"), nc.request("bar")];
      const failed = expect(nobody).rejects.toMatchObject({ code: "NO_RESPONDERS", subject: "foo" });
      await peer.expect("SUB");
      const first = replyIn(await peer.expect("PUB"));
      await peer.readLine();
      const second = replyIn(await peer.expect("PUB"));
      const size = NO_RESPONDERS.length;
      peer.send(`HMSG ${first} 1 ${size} ${size}\r\n${NO_RESPONDERS}\r\n`);
      peer.send(`HMSG ${second} 1 ${size} ${size + 4}\r\n${NO_RESPONDERS}text\r\n`);
      await failed;
      expect((await somebody).string()).toBe("text");
      expect((await somebody).headers?.status).toBe(503);
    });
  });

  test("that is alone takes a response whose subject was rewritten on its way [REQ-08] [SC-29]", async () => {
    await onTheWire(async ({ nc, sent, receive }) => {
      const request = nc.request("foo");
      await sent();
      await receive(response("somewhere.else", "answer"));
      expect((await request).string()).toBe("answer");
    });
  });

  test("that is not alone does not [REQ-08] [SC-29]", async () => {
    await onTheWire(async ({ nc, sent, receive }) => {
      const requests = Promise.allSettled([nc.request("foo"), nc.request("bar")]);
      await sent();
      await receive(response("somewhere.else", "answer"));
      await nc.close();
      const ends = await requests;
      expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    });
  });

  test("does not take what was meant for another, not even if it is alone [REQ-09] [SC-29]", async () => {
    await onTheWire(async ({ nc, peer, receive }) => {
      const request = nc.request("foo");
      await peer.expect("SUB");
      const reply = replyIn(await peer.expect("PUB"));
      const inbox = reply.slice(0, -8);
      const token = reply.slice(-8);
      const otherId = `${token.slice(0, 7)}${token.endsWith("z") ? "y" : "z"}`;
      const otherSalt = `${token.startsWith("z") ? "y" : "z"}${token.slice(1)}`;
      for (const other of [otherId, otherSalt, "--------", "\u0001\u0002345678"]) {
        await receive(response(inbox + other, `for ${other}`));
      }
      await receive(response(reply, "mine"));
      expect((await request).string()).toBe("mine");
    });
  });

  test("that is refused publishes nothing [REQ-10]", async () => {
    await onTheWire(
      async ({ nc, sent }) => {
        const signal = AbortSignal.abort();
        await expect(nc.request("")).rejects.toMatchObject({ code: "INVALID_SUBJECT" });
        await expect(nc.request("a b")).rejects.toMatchObject({ code: "INVALID_SUBJECT" });
        await expect(nc.request("a", "x".repeat(11))).rejects.toMatchObject({ code: "MAX_PAYLOAD_EXCEEDED" });
        await expect(nc.request("a", 7 as never)).rejects.toMatchObject({ code: "INVALID_PAYLOAD" });
        await expect(nc.request("a", "", { signal })).rejects.toMatchObject({ code: "ABORTED" });
        expect(await sent()).not.toContain("PUB");
      },
      {},
      { max_payload: 10 },
    );
  });

  test("that is refused leaves nobody who waits: one other request is alone [REQ-11] [REQ-08]", async () => {
    await onTheWire(
      async ({ nc, sent, receive }) => {
        await expect(nc.request("a", "x".repeat(11))).rejects.toMatchObject({ code: "MAX_PAYLOAD_EXCEEDED" });
        const request = nc.request("a");
        await sent();
        await receive(response("somewhere.else", "answer"));
        expect((await request).string()).toBe("answer");
      },
      {},
      { max_payload: 10 },
    );
  });
});

describe("a request for many responses", () => {
  test("is sent when the loop begins, with the same inbox, and takes what comes", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      const responses = nc.requestMany("foo", "hi", { maxMessages: 3 });
      expect(await sent()).toBe("");
      const loop = (async () => {
        const seen: string[] = [];
        for await (const m of responses) seen.push(m.string());
        return seen;
      })();
      const wire = await sent();
      expect(wire).toMatch(
        new RegExp(`^SUB (_INBOX\\.${ID})\\.\\* 1\r\nPUB foo \\1\\.${TOKEN} 2\r\nhi\r\n$`),
      );
      const reply = wire.split(" ")[4]!;
      peer.send(response(reply, "1") + response(reply, "2") + response(reply, "3") + response(reply, "4"));
      expect(await loop).toEqual(["1", "2", "3"]);
    });
  });
});
