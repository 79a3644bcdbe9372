import { describe, expect, it } from "vitest";
import { makeMessage } from "../../../../src/core/delivery/make-message.ts";
import type { Payload } from "../../../../src/core/message.ts";
import type { Context } from "../../../../src/jetstream/context.ts";
import { fromCore } from "../../../../src/jetstream/message/from-core.ts";
import { JetStreamMessage } from "../../../../src/jetstream/message/jetstream-message.ts";
import { thrown } from "../../../support/failure.ts";

const REPLY = "$JS.ACK.ORDERS.worker.2.1234.56.1764177682123456789.7";

const context = {} as Context;

function delivered({ takesAcks = true, reply = REPLY } = {}) {
  const sent: [Payload, string | undefined][] = [];
  const respond = (data: Payload, options?: { readonly reply?: string }): void => {
    sent.push([data, options?.reply]);
  };
  const received = makeMessage({ subject: "orders.new", data: "one coffee", reply, respond });
  const message = new JetStreamMessage(received, { context, schema: undefined, takesAcks });
  return { message, sent, received };
}

describe("a message of a consumer", () => {
  it("[JS-31] tells where it comes from", () => {
    const { message } = delivered();
    expect(message).toMatchObject({
      stream: "ORDERS",
      consumer: "worker",
      subject: "orders.new",
      seq: 1234,
      deliverySeq: 56,
      deliveries: 2,
      redelivered: true,
      pending: 7,
      domain: undefined,
      accountHash: undefined,
      size: 10,
      settled: undefined,
      timeNanos: 1764177682123456789n,
      time: new Date(1764177682123),
    });
    expect(message.string()).toBe("one coffee");
  });

  it("[JS-MSG-01..04, JS-33] sends what settles it", () => {
    const cases: [(m: JetStreamMessage) => void, string, string | undefined][] = [
      [(m) => m.ack(), "+ACK", "ack"],
      [(m) => m.nak(), "-NAK", "nak"],
      [(m) => m.nak(0), "-NAK", "nak"],
      [(m) => m.nak(1500), '-NAK {"delay":1500000000}', "nak"],
      [(m) => m.nak(0.0001), '-NAK {"delay":100}', "nak"],
      [(m) => m.nak(2 ** 31 - 1), '-NAK {"delay":2147483647000000}', "nak"],
      [(m) => m.nakAfter(-500), '-NAK {"delay":-500000000}', "nak"],
      [(m) => m.term(), "+TERM", "term"],
      [(m) => m.term("no such customer"), "+TERM no such customer", "term"],
      [(m) => m.working(), "+WPI", undefined],
    ];
    for (const [settle, text, settled] of cases) {
      const { message, sent } = delivered();
      settle(message);
      expect(sent).toEqual([[text, undefined]]);
      expect(message.settled).toBe(settled);
    }
  });

  it("[JS-MSG-05] is acked by the next pull", () => {
    const { message, sent } = delivered();
    message.ackNext('{"batch":1}', "_INBOX.next.1");
    expect(sent).toEqual([['+NXT {"batch":1}', "_INBOX.next.1"]]);
    expect(message.settled).toBe("ack");
  });

  it("[JS-MSG-09, JS-34] is settled once, whatever it was settled with", () => {
    for (const first of ["ack", "nak", "term"] as const) {
      const { message, sent } = delivered();
      message.working();
      message.working();
      message[first]();
      for (const again of ["ack", "nak", "term", "working"] as const) {
        const error = thrown(() => message[again]());
        expect(error).toMatchObject({
          code: "ALREADY_SETTLED",
          stream: "ORDERS",
          consumer: "worker",
          subject: "orders.new",
        });
      }
      expect(sent).toHaveLength(3);
      expect(message.settled).toBe(first);
    }
  });

  it("[JS-MSG-09] of a consumer that takes no acks is not to be settled", () => {
    const { message, sent } = delivered({ takesAcks: false });
    for (const settle of ["ack", "nak", "term", "working"] as const) {
      expect(thrown(() => message[settle]())).toMatchObject({ code: "NOT_ACKABLE", consumer: "worker" });
    }
    expect(sent).toEqual([]);
  });

  it("[JS-MSG-02] refuses a delay that is none, and stays as it was", () => {
    const { message, sent } = delivered();
    for (const delay of [-1, Number.NaN, Infinity, "5" as unknown as number]) {
      expect(thrown(() => message.nak(delay))).toMatchObject({ code: "INVALID_OPTION", argument: "delay" });
    }
    expect(thrown(() => message.term(5 as unknown as string))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "reason",
    });
    expect(sent).toEqual([]);
    message.ack();
  });

  it("[JS-MSG-09] whose ack can't be sent is not settled", () => {
    const respond = (): void => {
      throw new Error("no room");
    };
    const received = makeMessage({ subject: "orders.new", reply: REPLY, respond });
    const message = new JetStreamMessage(received, { context, schema: undefined, takesAcks: true });
    expect(() => message.ack()).toThrow("no room");
    expect(message.settled).toBeUndefined();
    expect(message.isOpen).toBe(true);
  });

  it("[JS-PULL-13] has a size as the server counts it", () => {
    expect(delivered().message.wireSize).toBe("orders.new".length + REPLY.length + "one coffee".length);
  });
});

describe("a core message", () => {
  it("[JS-MSG-06] has acks if a consumer has delivered it", () => {
    const { received, sent } = delivered();
    const message = fromCore(context, received);
    expect(message.seq).toBe(1234);
    message.ack();
    expect(sent).toEqual([["+ACK", undefined]]);
  });

  it("[JS-MSG-06, JS-30] is refused if it was not delivered by a consumer", () => {
    for (const reply of [undefined, "_INBOX.abc.1", "$JS.ACK.ORDERS.worker"]) {
      const message = makeMessage({ subject: "orders.new", ...(reply === undefined ? {} : { reply }) });
      expect(thrown(() => fromCore(context, message))).toMatchObject({
        code: "NOT_A_JETSTREAM_MESSAGE",
        subject: "orders.new",
      });
    }
    expect(thrown(() => fromCore(context, {} as never))).toMatchObject({ code: "INVALID_OPTION" });
  });
});
