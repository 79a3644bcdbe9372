import { describe, expect, test } from "vitest";
import { Mailbox } from "../../../src/core/delivery/mailbox.ts";
import { type OnFull, Pending } from "../../../src/core/delivery/pending.ts";
import { BlockPool } from "../../../src/core/delivery/block-pool.ts";
import { ReaderDelivery } from "../../../src/core/delivery/reader-delivery.ts";
import { aFrame, texts, untold } from "../support/messages.ts";
import { noContext } from "../support/recorder.ts";

function mailboxOf(messages: number, bytes: number, onFull: OnFull) {
  const pending = new Pending({ messages, bytes, onFull }, untold);
  const delivery = new ReaderDelivery(noContext, new BlockPool(), pending, {
    onIdle: () => undefined,
    onHandlerError: () => undefined,
  });
  const mailbox = new Mailbox(pending, delivery);
  return {
    pending,
    delivery,
    receive: (...payloads: string[]) => payloads.map((payload) => mailbox.receive(aFrame(payload))),
    queued: () => texts(delivery.readBatch(Infinity)),
  };
}

describe("a mailbox without room", () => {
  test("drops the newest with drop-new [SLOW-02] [SLOW-03]", () => {
    const { receive, queued, pending } = mailboxOf(2, Infinity, "drop-new");
    expect(receive("a", "b", "c", "d")).toEqual(["kept", "kept", "dropped", "dropped"]);
    expect({ messages: pending.messages, dropped: pending.dropped }).toEqual({ messages: 2, dropped: 2 });
    expect(queued()).toEqual(["a", "b"]);
  });

  test("drops the oldest with drop-old", () => {
    const { receive, queued, pending } = mailboxOf(2, Infinity, "drop-old");
    expect(receive("a", "b", "c", "d")).toEqual(["kept", "kept", "dropped", "dropped"]);
    expect({ messages: pending.messages, dropped: pending.dropped }).toEqual({ messages: 2, dropped: 2 });
    expect(queued()).toEqual(["c", "d"]);
  });

  test("drops as many old ones as the bytes of the new one need", () => {
    const { receive, queued, pending } = mailboxOf(100, 6, "drop-old");
    receive("aa", "bb", "cc", "dddd");
    expect({ bytes: pending.bytes, dropped: pending.dropped }).toEqual({ bytes: 6, dropped: 2 });
    expect(queued()).toEqual(["cc", "dddd"]);
  });

  test("drops the new one with drop-old when all others are being handled", () => {
    const { receive, queued, delivery, pending } = mailboxOf(2, Infinity, "drop-old");
    receive("a", "b");
    delivery.read();
    delivery.read();
    expect(receive("c")).toEqual(["dropped"]);
    expect({ messages: pending.messages, dropped: pending.dropped }).toEqual({ messages: 2, dropped: 1 });
    expect(queued()).toEqual([]);
  });

  test("drops only the new one with drop-old when no room can ever be made for it", () => {
    const { receive, queued, pending } = mailboxOf(100, 6, "drop-old");
    receive("aa", "bb", "1234567");
    expect(pending.dropped).toBe(1);
    expect(queued()).toEqual(["aa", "bb"]);
  });

  test("refuses with error, and counts what it refused", () => {
    const { receive, queued, pending } = mailboxOf(1, Infinity, "error");
    expect(receive("a", "b")).toEqual(["kept", "refused"]);
    expect({ messages: pending.messages, dropped: pending.dropped }).toEqual({ messages: 1, dropped: 1 });
    expect(queued()).toEqual(["a"]);
  });
});
