import { describe, expect, it } from "vitest";
import { connect, type NatsError } from "../../../src/index.ts";
import { backup, jetstream, plan, restore } from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { expectNoLeak } from "../../support/leak-check.ts";

const access = useJetStream();

describe("a failure shows its caller", () => {
  const { bind } = { bind: () => access.js.streams.bind("NEVER_MADE") };

  /** Each awaits in a function of its own, whose name must be in the stack. */
  const callers: Record<string, () => Promise<unknown>> = {
    async createsIt() {
      await access.js.streams.create({ name: unique("A"), sources: [{ name: "" }] });
    },
    async updatesIt() {
      await access.js.streams.update("NEVER_MADE", {});
    },
    async getsIt() {
      await access.js.streams.get("NEVER_MADE");
    },
    async listsIt() {
      for await (const _ of jetstream(access.nc, { apiPrefix: "NOBODY.API" }).streams.list()) continue;
    },
    async readsOne() {
      await bind().get({ seq: 1 });
    },
    async readsMany() {
      for await (const _ of bind().messages()) continue;
    },
    async readsPayloads() {
      for await (const _ of bind().payloads()) continue;
    },
    async readsLast() {
      for await (const _ of bind().lastMessages(">")) continue;
    },
    async purges() {
      await bind().purge();
    },
    async stepsDown() {
      await bind().peers.stepDown();
    },
    async plans() {
      await plan(jetstream(access.nc, { apiPrefix: "NOBODY.API" }), { streams: [{ name: "A" }] });
    },
    async backsUp() {
      await backup(access.js, "NEVER_MADE");
    },
    async restores() {
      const manifest = { config: { name: unique("B"), subjects: ["a..b"] }, state: {} };
      const bytes = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(9)),
      });
      await restore(access.js, manifest, bytes);
    },
  };

  it.each(Object.keys(callers))("who %s", async (name) => {
    const error: NatsError = await failure(callers[name]!());
    expect(error.stack).toMatch(new RegExp(`callers.test.ts|\\b${name}\\b`));
  });
});

describe("nothing is left open", () => {
  it("by reads that end, fail, are left or are aborted, and by backups", async () => {
    const name = unique("CLEAN");
    await access.js.streams.create({ name, subjects: [name], allowDirect: true });
    await fill(access.nc, 2500, () => ({ subject: name, data: new Uint8Array(200) }));
    await expectNoLeak(async () => {
      await using nc = await connect({ servers: access.url });
      const js = jetstream(nc);
      const stream = js.streams.bind(name);
      expect(await all(stream.messages())).toHaveLength(2500);
      for await (const message of stream.messages()) if (message.seq === 1200) break;
      await stream.payloads()[Symbol.asyncDispose]();
      const signal = AbortSignal.timeout(1);
      expect(await failure(all(stream.messages({ signal })))).toMatchObject({ code: "ABORTED" });
      const { readable } = await backup(js, name);
      await readable.cancel();
      const other = await backup(js, name);
      expect((await all(other.readable)).length).toBeGreaterThan(0);
      expect(nc.subscriptionCount).toBe(0);
    });
  });
});
