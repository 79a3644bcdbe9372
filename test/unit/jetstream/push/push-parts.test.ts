import { describe, expect, it } from "vitest";
import { makeMessage } from "../../../../src/core/delivery/make-message.ts";
import type { ConsumerInfo } from "../../../../src/jetstream/config/consumer-info.ts";
import { Unsettled } from "../../../../src/jetstream/consume/unsettled.ts";
import { JetStreamMessage } from "../../../../src/jetstream/message/jetstream-message.ts";
import type { MessageOwner } from "../../../../src/jetstream/message/message-owner.ts";
import { readControl } from "../../../../src/jetstream/push/control-message.ts";
import { Deliveries } from "../../../../src/jetstream/push/deliveries.ts";
import { FlowControl } from "../../../../src/jetstream/push/flow-control.ts";
import { OwnDeliveries } from "../../../../src/jetstream/push/own-deliveries.ts";
import { resolvePush } from "../../../../src/jetstream/push/push-options.ts";
import { decode } from "../../support/recorder.ts";

/** As a server sends it. */
function status(line: string, headers = "", reply = "", payload = "") {
  const block = `NATS/1.0 ${line}\r\n${headers}\r\n`;
  const sizes = `${block.length} ${block.length + payload.length}`;
  return decode(`HMSG deliver.here 1 ${reply}${reply === "" ? "" : " "}${sizes}\r\n${block}${payload}\r\n`)
    .messages[0]!;
}

describe("what a server says in the place of a message", () => {
  it("[JS-01, JS-STATUS-02] is a heartbeat, which may tell of a stall", () => {
    expect(
      readControl(status("100 Idle Heartbeat", "Nats-Last-Consumer: 7\r\nNats-Last-Stream: 70\r\n")),
    ).toEqual({
      type: "heartbeat",
      stalled: undefined,
      lastDelivery: 7,
    });
    expect(readControl(status("100 Idle Heartbeat", "Nats-Consumer-Stalled: $JS.FC.A.b.1\r\n"))).toEqual({
      type: "heartbeat",
      stalled: "$JS.FC.A.b.1",
      lastDelivery: undefined,
    });
  });

  it("[JS-01, JS-STATUS-03] is a request for flow control", () => {
    expect(readControl(status("100 FlowControl Request", "", "$JS.FC.A.b.1"))).toEqual({
      type: "flow-control",
      reply: "$JS.FC.A.b.1",
    });
  });

  it("[JS-01] is any other status", () => {
    expect(readControl(status("409 Consumer Deleted"))).toEqual({
      type: "status",
      code: 409,
      description: "Consumer Deleted",
    });
    expect(readControl(status("100"))).toEqual({ type: "status", code: 100, description: "" });
  });

  it("[JS-01] is told from messages, also from empty ones, and such with a header of that name", () => {
    expect(readControl(makeMessage({ subject: "a" }))).toBeUndefined();
    expect(readControl(makeMessage({ subject: "a", headers: { Status: "100" } }))).toBeUndefined();
    expect(readControl(status("100 Idle Heartbeat", "", "", "payload"))).toBeUndefined();
  });
});

describe("flow control", () => {
  const counted = () => {
    const answers: [subject: string, last: number | undefined][] = [];
    const flow = new FlowControl((subject, last) => answers.push([subject, last?.seq]));
    return { answers, flow };
  };
  const message = (seq: number) => ({ seq, deliverySeq: seq });
  const [one, two, three] = [message(1), message(2), message(3)];

  it("[JS-05, JS-PUSH-03] is answered once all that had come before was handled, in whatever order", () => {
    const { answers, flow } = counted();
    flow.onAccepted(one);
    flow.onAccepted(two);
    flow.onRequest("fc.1");
    flow.onAccepted(three);
    flow.onHandled(three);
    flow.onHandled(two);
    expect(answers).toEqual([]);
    flow.onHandled(one);
    expect(answers).toEqual([["fc.1", 2]]);
  });

  it("[JS-05] is answered at once if nothing waits", () => {
    const { answers, flow } = counted();
    flow.onRequest("fc.1");
    flow.onAccepted(one);
    flow.onHandled(one);
    flow.onRequest("fc.2");
    expect(answers).toEqual([
      ["fc.1", undefined],
      ["fc.2", 1],
    ]);
  });

  it("[JS-05] answers the last request alone, which takes the place of the one before", () => {
    const { answers, flow } = counted();
    flow.onAccepted(one);
    flow.onRequest("fc.1");
    flow.onAccepted(two);
    flow.onRequest("fc.2");
    flow.onHandled(one);
    expect(answers).toEqual([]);
    flow.onHandled(two);
    expect(answers).toEqual([["fc.2", 2]]);
  });

  it("[JS-08, JS-STATUS-02] waits no longer for a stall that a heartbeat repeats", () => {
    const { answers, flow } = counted();
    flow.onAccepted(one);
    flow.onRequest("fc.1");
    flow.onAccepted(two);
    flow.onRequest("fc.1");
    flow.onHandled(one);
    expect(answers).toEqual([["fc.1", 1]]);
  });
});

describe("a deliver subject", () => {
  const from = (names: string): JetStreamMessage => {
    const received = makeMessage({ subject: "a", reply: `$JS.ACK.${names}.1.7.5.1764177682123456789.0` });
    return new JetStreamMessage(received, {} as MessageOwner);
  };
  const named = (stream: string, name: string) => ({ stream, name }) as ConsumerInfo;

  it("[JS-11] may be that of other consumers too, each of which is news once", () => {
    const own = new OwnDeliveries();
    expect(own.has(from("A.b"))).toBe(true);
    own.onConsumer(named("A", "b"));
    const others = ["A.bb", "A.c", "AA.b", "C.b", "hub.hash.A.c"].map(from);
    expect([from("A.b"), from("hub.hash.A.b"), ...others].map((message) => own.has(message))).toEqual([
      true,
      true,
      ...others.map(() => false),
    ]);
    expect(own.isShared).toBe(false);
    expect(others.map((message) => own.onOther(message))).toEqual([true, true, true, true, false]);
    expect(own.isShared).toBe(true);
  });

  it("[JS-11] is not shared with what a consumer was called before it was made anew", () => {
    const own = new OwnDeliveries();
    own.onConsumer(named("A", "b"));
    own.onConsumer(named("A", "c"));
    expect([own.has(from("A.b")), own.onOther(from("A.b")), own.isShared]).toEqual([false, false, false]);
  });

  it("[JS-05] gets requests for flow control of each", () => {
    const own = new OwnDeliveries();
    expect(own.asksAt("$JS.FC.C.b.1")).toBe(true);
    own.onConsumer(named("A", "b"));
    const subjects = ["$JS.FC.A.b.1", "elsewhere.A.b.1", "$JS.FC.A.bb.1", "$JS.FC.A.c.1", "$JS.FC.C.b.1"];
    expect(subjects.map((subject) => own.asksAt(subject))).toEqual([true, true, false, false, false]);
    const long = [
      "$JS.FC.hub.hash.A.b.1",
      "$JS.FC.hub.hash.A.c.1",
      "$JS.FC.A.b.C.b.1",
      "$JS.FC._.hash.A.b.1.more",
    ];
    expect(long.map((subject) => own.asksAt(subject))).toEqual([true, false, false, true]);
  });
});

describe("deliveries", () => {
  const info = (parts: object = {}) => ({ config: { push: {} }, ...parts }) as unknown as ConsumerInfo;
  const message = (seq: number, settled?: string) =>
    ({ seq, deliverySeq: seq - 100, settled, isOpen: settled === undefined }) as unknown as JetStreamMessage;

  it("[JS-11, JS-12] that did not come are counted, each once", () => {
    const deliveries = new Deliveries(false);
    deliveries.onConsumer(info(), false);
    expect(deliveries.gapUpTo(5)).toBeUndefined();
    deliveries.add(message(103));
    expect(deliveries.gapUpTo(3)).toBeUndefined();
    expect(deliveries.gapUpTo(undefined)).toBeUndefined();
    expect(deliveries.gapUpTo(5)).toEqual({ count: 2, afterSeq: 103 });
    expect(deliveries.gapUpTo(5)).toBeUndefined();
    expect(deliveries.gapUpTo(6)).toEqual({ count: 1, afterSeq: 103 });
    deliveries.add(message(107));
    expect(deliveries.gapUpTo(7)).toBeUndefined();
  });

  it("[JS-11, JS-12] that did not come are counted also when one that came later is the first to say so", () => {
    const deliveries = new Deliveries(false);
    deliveries.onConsumer(info(), false);
    expect(deliveries.add(message(103))).toBeUndefined();
    expect(deliveries.add(message(104))).toBeUndefined();
    expect(deliveries.add(message(107))).toEqual({ count: 2, afterSeq: 104 });
    expect(deliveries.gapUpTo(9)).toEqual({ count: 2, afterSeq: 107 });
    expect(deliveries.add(message(111))).toEqual({ count: 1, afterSeq: 107 });
    expect(deliveries.gapUpTo(11)).toBeUndefined();
  });

  it("[JS-11, JS-12] are counted from one again where the consumer was reset", () => {
    const deliveries = new Deliveries(false);
    deliveries.onConsumer(info(), false);
    deliveries.add(message(103));
    expect(deliveries.gapUpTo(9)).toEqual({ count: 6, afterSeq: 103 });
    expect(deliveries.add(message(102))).toEqual({ count: 1, afterSeq: 103 });
    expect(deliveries.add(message(105))).toEqual({ count: 2, afterSeq: 102 });
    expect(deliveries.gapUpTo(6)).toEqual({ count: 1, afterSeq: 105 });
  });

  it("[JS-12, JS-STATUS-01] of a group, or of a replicated consumer with acks, are not compared", () => {
    const shared = new Deliveries(false);
    shared.onConsumer(info({ config: { push: { deliverGroup: "g" } } }), false);
    shared.add(message(103));
    expect(shared.gapUpTo(9)).toBeUndefined();
    const replicated = new Deliveries(false);
    replicated.onConsumer(info({ cluster: { replicas: [{}, {}] } }), true);
    replicated.add(message(103));
    expect(replicated.gapUpTo(9)).toBeUndefined();
  });

  it("[JS-PULL-11] say where a consumer has to begin that is made anew", () => {
    const deliveries = new Deliveries(true);
    expect(deliveries.resumeAt).toBeUndefined();
    for (const seq of [101, 102, 103]) deliveries.add(message(seq));
    expect(deliveries.resumeAt).toBe(101);
    expect(new Deliveries(false).resumeAt).toBeUndefined();
  });
});

describe("what is not settled yet", () => {
  const unsettled = (settled: Record<number, string | undefined>) => {
    const messages = Object.keys(settled).map((seq) => {
      const state = { seq: Number(seq), settled: undefined as string | undefined, isOpen: true };
      return state;
    });
    const all = new Unsettled();
    for (const message of messages) all.add(message as unknown as JetStreamMessage);
    for (const message of messages) message.settled = settled[message.seq];
    return all;
  };

  it("[JS-PULL-11] begins at the first message that was neither acked nor given up", () => {
    expect(unsettled({ 1: "ack", 2: "term", 3: undefined, 4: "ack" }).resumeAt).toBe(3);
    expect(unsettled({ 1: "ack", 2: "nak", 3: "ack" }).resumeAt).toBe(2);
    expect(unsettled({ 1: "ack", 2: "ack" }).resumeAt).toBe(3);
    expect(new Unsettled().resumeAt).toBeUndefined();
  });

  it("[JS-PULL-11] keeps no message for long that was settled", () => {
    const all = new Unsettled();
    for (let seq = 1; seq <= 100_000; seq++) {
      const message = { seq, settled: undefined as string | undefined, isOpen: true };
      all.add(message as unknown as JetStreamMessage);
      message.settled = "ack";
    }
    expect(all.size).toBeLessThan(2048);
    expect(all.resumeAt).toBe(100_001);
  });
});

describe("the room for what a push consumer sends", () => {
  it("[JSS-10] takes all that may be delivered and not acked", () => {
    expect(resolvePush({}, 1_000_000).pending).toEqual({
      messages: 1_000_000,
      bytes: 67_108_864,
      onFull: "drop-new",
    });
    expect(resolvePush({}, undefined).pending.messages).toBe(524_288);
    expect(resolvePush({}, Infinity).pending.messages).toBe(524_288);
    expect(resolvePush({ pending: { messages: 5 } }, 1000).pending.messages).toBe(5);
  });
});
