import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { withServer } from "../support/nats-server.ts";

const TIMERS = 20;
const MESSAGES = 50;

test.each([4, 16, 128, 512, 4096])(
  "a loop that publishes %i bytes and awaits ready() leaves timers and received messages alive",
  async (size) => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url });
      await using other = await connect({ servers: server.url });
      const elsewhere = nc.subscribe("elsewhere", { callback: () => undefined });
      await nc.flush();
      // Without turns of the event loop neither of these would ever come, and the loop would not end.
      const timers = { fired: 0 };
      const ticking = setInterval(() => timers.fired++, 10);
      const telling = tell(async () => {
        other.publish("elsewhere");
        await other.flush();
      });
      const payload = new Uint8Array(size);
      while (timers.fired < TIMERS || elsewhere.delivered < MESSAGES) {
        await nc.ready();
        nc.publish("flood", payload);
      }
      clearInterval(ticking);
      await telling;
      expect(elsewhere.delivered).toBe(MESSAGES);
      expect(nc.stats().outDropped).toBe(0);
    });
  },
);

async function tell(send: () => Promise<void>): Promise<void> {
  for (let i = 0; i < MESSAGES; i++) {
    await pause(1);
    await send();
  }
}
