import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { BUILT_CLIENT, ROOT } from "../support/built-client.ts";
import { withServer } from "../support/nats-server.ts";

const TIMERS = 10;
const MESSAGES = 20;

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

describe("a process that does nothing but publish and await ready()", () => {
  test.each([4, 128, 4096])("hears SIGTERM, with messages of %i bytes", async (size) => {
    await withServer({}, async (server) => {
      const args = ["test/support/ready-loop.mjs", BUILT_CLIENT, server.url, `${size}`];
      const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
      try {
        let told = "";
        child.stdout.on("data", (chunk: Buffer) => {
          told += chunk.toString();
          if (told === "in the loop\n") child.kill("SIGTERM");
        });
        expect(await once(child, "close")).toEqual([0, null]);
        expect(told).toBe("in the loop\nat the end\n");
      } finally {
        child.kill("SIGKILL");
      }
    });
  });
});

async function tell(send: () => Promise<void>): Promise<void> {
  for (let i = 0; i < MESSAGES; i++) {
    await pause(1);
    await send();
  }
}
