import { describe, expect, test } from "vitest";
import { pub, TestOutbox, turnEnds } from "../support/outbox.ts";

const KIB = 1024;

describe("a link that is lost while it is busy", () => {
  test("may not have sent its last write: that is told, and what waited behind it is not among it", async () => {
    const { box, link } = TestOutbox.connected();
    box.publish("0");
    await turnEnds();
    link.isBusy = true;
    box.publish("1");
    box.publish("22");
    await turnEnds();
    box.publish("3");
    await turnEnds();
    expect(box.outbox.detach()).toEqual({ messages: 2, bytes: pub("1").length + pub("22").length });
    expect(box.attach().received).toBe(pub("3"));
  });

  test("may not have sent what it took of the queue, commands and large messages included", async () => {
    const { box, link } = TestOutbox.connected();
    link.isBusy = true;
    const large = "x".repeat(40 * KIB);
    box.command("SUB a 1");
    box.publish(large);
    box.publish("1");
    await turnEnds();
    const bytes = "SUB a 1\r\n".length + pub(large).length + pub("1").length;
    expect(box.outbox.detach()).toEqual({ messages: 2, bytes });
  });

  test("has sent everything once it has drained", async () => {
    const { box, link } = TestOutbox.connected();
    link.isBusy = true;
    box.publish("1");
    await turnEnds();
    link.drain();
    box.publish("2");
    await turnEnds();
    expect(box.outbox.detach()).toEqual({ messages: 0, bytes: 0 });
  });
});
