import { describe, expect, test } from "vitest";
import { headers, isNatsError, type Message } from "../../src/index.ts";
import { onTheWire, type Wire } from "./wire.ts";

describe("publish", () => {
  test.each<[string, string | Uint8Array | undefined, string]>([
    ["text", "hello", "PUB foo 5\r\nhello\r\n"],
    ["empty text", "", "PUB foo 0\r\n\r\n"],
    ["nothing", undefined, "PUB foo 0\r\n\r\n"],
    ["bytes", new Uint8Array([104, 105]), "PUB foo 2\r\nhi\r\n"],
    ["text beyond ASCII, by its length in UTF-8", "größe €😀", "PUB foo 15\r\ngröße €😀\r\n"],
    ["half a character, as the replacement character", "a\ud83d", "PUB foo 4\r\na\ufffd\r\n"],
    ["line ends and verbs", "a\r\nPUB x 1\r\n", "PUB foo 12\r\na\r\nPUB x 1\r\n\r\n"],
  ])("sends %s [WIRE-04]", async (_what, payload, wire) => {
    await onTheWire(async ({ nc, sent }) => {
      nc.publish("foo", payload);
      expect(await sent()).toBe(wire);
    });
  });

  test("sends every byte as it is [WIRE-04]", async () => {
    await onTheWire(async ({ nc, peer }) => {
      const payload = Uint8Array.from({ length: 256 }, (_, i) => i);
      nc.publish("foo", payload);
      expect(await peer.readLine()).toBe("PUB foo 256");
      expect(new Uint8Array(await peer.readBytes(256))).toEqual(payload);
      expect((await peer.readBytes(2)).toString()).toBe("\r\n");
    });
  });

  test("sends the bytes of a view only, not those around it", async () => {
    await onTheWire(async ({ nc, sent }) => {
      const around = new TextEncoder().encode("....hello....");
      nc.publish("foo", around.subarray(4, 9));
      nc.publish("foo", Buffer.from("buffer"));
      expect(await sent()).toBe("PUB foo 5\r\nhello\r\nPUB foo 6\r\nbuffer\r\n");
    });
  });

  test("sends a large payload as it is, between small ones [WIRE-20]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      const large = "x".repeat(1_000_000);
      nc.publish("a", "1");
      nc.publish("b", new TextEncoder().encode(large));
      nc.publish("c", large);
      nc.publish("d", "2");
      const wire = `PUB a 1\r\n1\r\nPUB b 1000000\r\n${large}\r\nPUB c 1000000\r\n${large}\r\nPUB d 1\r\n2\r\n`;
      expect((await sent()) === wire).toBe(true);
    });
  });

  test("names the reply subject, and subjects are UTF-8 [WIRE-04] [PUB-09]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      nc.publish("foo", "x", { reply: "re.ply" });
      nc.publish("größe.日本", "x", { reply: "ä" });
      expect(await sent()).toBe("PUB foo re.ply 1\r\nx\r\nPUB größe.日本 ä 1\r\nx\r\n");
    });
  });

  test("sends headers sorted by name, values in order [WIRE-05] [HDR-04]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      const given = headers({ b: "2", A: ["1", "0"], a: " trimmed ", C: "größe" });
      const block = "NATS/1.0\r\nA: 1\r\nA: 0\r\nC: größe\r\na: trimmed\r\nb: 2\r\n\r\n";
      const size = Buffer.byteLength(block);
      nc.publish("foo", "hi", { headers: given });
      nc.publish("foo", undefined, { headers: given, reply: "r" });
      expect(await sent()).toBe(
        `HPUB foo ${size} ${size + 2}\r\n${block}hi\r\nHPUB foo r ${size} ${size}\r\n${block}\r\n`,
      );
    });
  });

  test("sends PUB when there are headers without a name [WIRE-06]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      nc.publish("foo", "hi", { headers: headers() });
      expect(await sent()).toBe("PUB foo 2\r\nhi\r\n");
    });
  });

  test("sends all that is published in the order of the calls [BUF-13]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      for (let i = 0; i < 1000; i++) {
        nc.publish(`s.${i}`, String(i));
        if (i % 100 === 0) await Promise.resolve();
      }
      const wire = Array.from({ length: 1000 }, (_, i) => `PUB s.${i} ${String(i).length}\r\n${i}\r\n`).join(
        "",
      );
      expect(await sent()).toBe(wire);
    });
  });
});

describe("what is refused leaves no trace on the wire", () => {
  test("bad subjects and replies [PUB-01] [PUB-03]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      for (const subject of ["", "a b", "a\r\nPUB x 0\r\n\r\n", "a.*", "a..b"]) {
        expect(code(() => nc.publish(subject, "x"))).toBe("INVALID_SUBJECT");
        if (subject !== "")
          expect(code(() => nc.publish("a", "x", { reply: subject }))).toBe("INVALID_SUBJECT");
      }
      expect(code(() => nc.publish("a", 7 as never))).toBe("INVALID_PAYLOAD");
      expect(code(() => nc.publish("a", null as never))).toBe("INVALID_PAYLOAD");
      expect(await sent()).toBe("");
      expect(nc.stats()).toMatchObject({ outMessages: 0, outBytes: 0 });
    });
  });

  test("messages above the server's limit, headers counted [PUB-05] [SC-05]", async () => {
    const info = { max_payload: 40 };
    const some = headers({ A: "b" });
    const block = "NATS/1.0\r\nA: b\r\n\r\n";
    await onTheWire(
      async ({ nc, sent }) => {
        const room = 40 - block.length;
        nc.publish("a", "x".repeat(40));
        nc.publish("a", "x".repeat(room), { headers: some });
        expect(code(() => nc.publish("a", "x".repeat(41)))).toBe("MAX_PAYLOAD_EXCEEDED");
        expect(code(() => nc.publish("a", "x".repeat(room + 1), { headers: some }))).toBe(
          "MAX_PAYLOAD_EXCEEDED",
        );
        expect(code(() => nc.publish("a", "€".repeat(14)))).toBe("MAX_PAYLOAD_EXCEEDED");
        expect(await sent()).toBe(
          `PUB a 40\r\n${"x".repeat(40)}\r\nHPUB a ${block.length} 40\r\n${block}${"x".repeat(room)}\r\n`,
        );
      },
      {},
      info,
    );
  });

  test("headers for a server that has none [PUB-01]", async () => {
    await onTheWire(
      async ({ nc, sent }) => {
        const some = headers({ A: "b" });
        expect(code(() => nc.publish("a", "x", { headers: some }))).toBe("HEADERS_NOT_SUPPORTED");
        nc.publish("a", "x", { headers: headers() });
        expect(await sent()).toBe("PUB a 1\r\nx\r\n");
      },
      {},
      { headers: false },
    );
  });

  test("anything after the close", async () => {
    await onTheWire(async ({ nc, peer }) => {
      nc.publish("a", "last");
      await nc.close();
      expect(code(() => nc.publish("a", "late"))).toBe("CONNECTION_CLOSED");
      await peer.closed;
      expect(peer.received).toMatch(/PING\r\nPUB a 4\r\nlast\r\n$/);
    });
  });
});

describe("respond", () => {
  test("publishes to the reply subject of the message [PUB-13]", async () => {
    await onTheWire(async ({ nc, sent, receive }) => {
      nc.subscribe("a", {
        callback: (m) => {
          m.respond("1");
          m.respond();
          m.respond("2", { headers: headers({ A: "b" }), reply: "next" });
        },
      });
      await sent();
      expect(await receive("MSG a 1 re.ply 0\r\n\r\n")).toBe(
        "PUB re.ply 1\r\n1\r\nPUB re.ply 0\r\n\r\nHPUB re.ply next 18 19\r\nNATS/1.0\r\nA: b\r\n\r\n2\r\n",
      );
    });
  });

  // A server's control line may be as long as its configuration says.
  test.each([4090, 8192, 8193, 24_000, 70_000])(
    "takes a reply subject of %i letters as publish does: up to 8,192",
    async (length) => {
      const long = async ({ nc, receive, sent }: Wire): Promise<void> => {
        const reply = "r".repeat(length);
        const thrown: unknown[] = [];
        const respond = (m: Message, ...given: Parameters<Message["respond"]>): void => {
          try {
            m.respond(...given);
          } catch (error) {
            thrown.push(error);
          }
        };
        nc.subscribe("a", {
          callback: (m) => {
            const calls: Parameters<Message["respond"]>[] = [[], ["x"], ["x", { headers: {} }]];
            for (const call of calls) respond(m, ...call);
          },
        });
        await sent();
        const answer = await receive(`MSG a 1 ${reply} 0\r\n\r\n`);
        if (length <= 8192) {
          const hi = `PUB ${reply} 1\r\nx\r\n`;
          expect(answer === `PUB ${reply} 0\r\n\r\n${hi}${hi}`).toBe(true);
          expect(thrown).toEqual([]);
        } else {
          expect(answer).toBe("");
          expect(thrown).toEqual(Array(3).fill(expect.objectContaining({ code: "INVALID_SUBJECT" })));
        }
      };
      await onTheWire(long, { maxControlLine: 10_000 });
    },
  );

  test("publishes nothing when the message asks for no response [PUB-13]", async () => {
    await onTheWire(async ({ nc, sent, receive }) => {
      const codes: unknown[] = [];
      nc.subscribe("a", { callback: (m) => void codes.push(code(() => m.respond("x"))) });
      await sent();
      expect(await receive("MSG a 1 0\r\n\r\n")).toBe("");
      expect(codes).toEqual(["MESSAGE_WITHOUT_REPLY"]);
    });
  });
});

/** The code of the error that is thrown. */
function code(body: () => void): string | undefined {
  try {
    body();
  } catch (error) {
    if (isNatsError(error)) return error.code;
    throw error;
  }
  return undefined;
}
