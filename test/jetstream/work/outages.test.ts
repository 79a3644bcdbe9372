import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { deadLetters, jetstream } from "../../../src/jetstream/index.ts";
import { EventLog } from "../../support/event-log.ts";
import { eventually } from "../../support/eventually.ts";
import { Gate } from "../../support/gate.ts";
import { withServer } from "../../support/nats-server.ts";
import { QUICK_RECONNECT } from "../../support/outage.ts";
import { failuresOf, worked } from "./worked.ts";

describe("work in an outage", () => {
  it("[R90] [R97] a server that dies and comes back: all is handled, kept and acked", async () => {
    await withServer({ jetstream: true }, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      const js = jetstream(nc);
      const texts = Array.from({ length: 40 }, (_, i) => `${i}`);
      const { name, consumer } = await worked(
        js,
        texts,
        { ackWait: 2000 },
        { storage: "file", retention: "workqueue" },
      );
      const letters = await deadLetters(js, name);
      const gate = new Gate();
      const handled = new Map<string, number>();
      const work = consumer.work(
        async (m) => {
          await gate.opened;
          handled.set(m.string(), (handled.get(m.string()) ?? 0) + 1);
          if (m.string() === "7") throw new Error("seven");
        },
        { concurrency: 4, deadLetters: letters, retry: { terminal: () => true, delays: [100] } },
      );
      failuresOf(work);
      await eventually(() => expect(work.stats().running).toBe(4));
      await server.kill();
      await log.wait("disconnected", 1);
      // These are acked while there is no server.
      gate.open();
      await eventually(() => expect(handled.size).toBeGreaterThanOrEqual(4));
      await server.restart();
      await log.wait("reconnected", 1);
      await eventually(async () => expect((await js.streams.bind(name).info()).state.messages).toBe(0));
      expect([...handled.keys()].sort()).toEqual([...texts].sort());
      const found: string[] = [];
      for await (const letter of letters.list()) found.push(letter.message!.string());
      expect(found).toEqual(["7"]);
      await work.stop();
    });
  });

  it("[JS-MSG-08] signs of life don't pile up while there is no link", async () => {
    await withServer({ jetstream: true }, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      const { consumer } = await worked(jetstream(nc), ["a", "b"], { ackWait: 100 }, { storage: "file" });
      const gate = new Gate();
      const work = consumer.work(() => gate.opened, { concurrency: 2 });
      await eventually(() => expect(work.stats().running).toBe(2));
      await server.kill();
      await log.wait("disconnected", 1);
      const { outMessages } = nc.stats();
      // Some ack waits long.
      await log.wait("reconnecting", 15);
      expect(nc.stats().outMessages - outMessages).toBeLessThanOrEqual(2);
      gate.open();
      await server.restart();
      await log.wait("reconnected", 1);
      await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
      await work.stop();
    });
  });
});
