import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connect, type ConnectOptions, type Connection, type ReconnectOptions } from "../../src/index.ts";
import { FakeNetwork } from "../support/fake-network.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { onTheWire } from "./wire.ts";

const EVEN: ReconnectOptions = { delay: 1000, maxDelay: 1000, jitter: 0 };
const MINUTE = 60_000;

/** On a fake clock: a connection to the first of these servers, all of which are gone from the moment `lost` on. */
async function withoutServers(
  hosts: readonly string[],
  options: ConnectOptions,
  body: (facts: { nc: Connection; network: FakeNetwork; attempts: () => string[] }) => Promise<void>,
): Promise<void> {
  const network = new FakeNetwork(hosts.slice(0, 1));
  const servers = hosts.map((host) => `nats://${host}`);
  const nc = await connect({ servers, randomize: false, dial: network.dial, ...options });
  const lost = performance.now();
  const before = network.dials.length;
  network.down(hosts[0]!);
  const attempts = (): string[] =>
    network.dials.slice(before).map(({ host, at }) => `${Math.floor((at - lost) / 1000)} s: ${host}`);
  try {
    await body({ nc, network, attempts });
  } finally {
    await nc.close();
  }
}

describe("on a fake clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("three dead servers are tried at once, the lost one last, then each after its own pause [SC-18] [RECON-11]", async () => {
    await withoutServers(["a", "b", "c"], { reconnect: EVEN }, async ({ nc, attempts }) => {
      await vi.advanceTimersByTimeAsync(2900);
      const round = ["b", "c", "a"];
      expect(attempts()).toEqual([0, 1, 2].flatMap((s) => round.map((host) => `${s} s: ${host}`)));
      expect(nc.state).toBe("reconnecting");
    });
  });

  test("a single dead server is tried at once, then after each pause [SC-18] [RECON-12]", async () => {
    await withoutServers(["a"], { reconnect: EVEN }, async ({ attempts }) => {
      await vi.advanceTimersByTimeAsync(2900);
      expect(attempts()).toEqual(["0 s: a", "1 s: a", "2 s: a"]);
    });
  });

  test("no attempts is reconnect: false, and maxAttempts: 1 tries each server once; 0 is refused [SC-19] [RECON-13]", async () => {
    await withoutServers(["a"], { reconnect: false }, async ({ nc, attempts }) => {
      await vi.advanceTimersByTimeAsync(MINUTE);
      expect([nc.state, attempts()]).toEqual(["closed", []]);
    });
    await withoutServers(["a", "b", "c"], { reconnect: { ...EVEN, maxAttempts: 1 } }, async (facts) => {
      await vi.advanceTimersByTimeAsync(MINUTE);
      expect([facts.nc.state, facts.attempts()]).toEqual(["closed", ["0 s: b", "0 s: c", "0 s: a"]]);
      expect(facts.nc.servers).toEqual([]);
    });
    expect(await failure(connect({ reconnect: { maxAttempts: 0 } }))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  test("a delay handler is asked before each attempt, and what it says holds [SC-20] [RECON-16]", async () => {
    const asked: unknown[] = [];
    const delayHandler: ReconnectOptions["delayHandler"] = ({ attempt, pass, server, error }) => {
      asked.push([attempt, pass, server, error.code]);
      return 10_000;
    };
    const reconnect = { ...EVEN, maxAttempts: 4, delayHandler };
    await withoutServers(["a"], { reconnect }, async ({ nc, attempts }) => {
      await vi.advanceTimersByTimeAsync(MINUTE);
      expect(asked).toEqual([
        [1, 1, "nats://a:4222", "DISCONNECTED"],
        [2, 2, "nats://a:4222", "DIAL_FAILED"],
        [3, 3, "nats://a:4222", "DIAL_FAILED"],
        [4, 4, "nats://a:4222", "DIAL_FAILED"],
      ]);
      expect(attempts()).toEqual(["10 s: a", "20 s: a", "30 s: a", "40 s: a"]);
      expect(nc.state).toBe("closed");
    });
  });

  test("a pass is over when all servers have been tried, and counted anew in the next outage [RECON-16]", async () => {
    const asked: number[][] = [];
    const delayHandler = ({ attempt, pass }: { attempt: number; pass: number }): number => {
      asked.push([attempt, pass]);
      return 1000;
    };
    await withoutServers(["a", "b"], { reconnect: { ...EVEN, delayHandler } }, async ({ nc, network }) => {
      await vi.advanceTimersByTimeAsync(4500);
      network.up.add("b");
      await vi.advanceTimersByTimeAsync(1000);
      expect([nc.state, nc.server]).toEqual(["connected", "nats://b:4222"]);
      expect(asked.splice(0)).toEqual([1, 2, 3, 4, 5].map((n) => [n, Math.ceil(n / 2)]));
      network.down("b");
      await vi.advanceTimersByTimeAsync(1500);
      expect(asked).toEqual([
        [1, 1],
        [2, 1],
      ]);
    });
  });

  test("close in a wait of ten minutes ends it at once: no dial and no timer is left [SC-21] [RECON-17]", async () => {
    const reconnect = { delay: 10 * MINUTE, maxDelay: 10 * MINUTE, jitter: 0 };
    await withoutServers(["a"], { reconnect }, async ({ nc, network, attempts }) => {
      await vi.advanceTimersByTimeAsync(MINUTE);
      const told = vi.fn();
      nc.on("closed", told);
      network.up.add("a");
      await nc.close();
      expect(vi.getTimerCount()).toBe(0);
      await vi.advanceTimersByTimeAsync(20 * MINUTE);
      expect(told).toHaveBeenCalledOnce();
      expect(attempts()).toEqual(["0 s: a"]);
    });
  });

  test("with default options five minutes without a server end nothing, and neither do three hours [R8]", async () => {
    await withoutServers(["a"], {}, async ({ nc, network, attempts }) => {
      const told: string[] = [];
      for (const type of ["disconnected", "reconnected", "closed"] as const)
        nc.on(type, (event) => void told.push(event.type));
      await vi.advanceTimersByTimeAsync(5 * MINUTE);
      expect(nc.state).toBe("reconnecting");
      expect(attempts().length).toBeGreaterThan(60);
      await vi.advanceTimersByTimeAsync(180 * MINUTE);
      expect(nc.state).toBe("reconnecting");
      network.up.add("a");
      await vi.advanceTimersByTimeAsync(5000);
      expect(nc.state).toBe("connected");
      await nc.flush();
      expect(told).toEqual(["disconnected", "reconnected"]);
    });
  });
});

test("a barrier waits for the slow one of two subscriptions, and runs also if that ends in its handler [SC-38] [BARRIER-04] [BARRIER-06]", async () => {
  for (const unsubscribes of [false, true]) {
    await onTheWire(async ({ nc, receive, sent }) => {
      const [barrierIsSet, handlerMayReturn] = [new Gate(), new Gate()];
      const told: string[] = [];
      nc.subscribe("fast", { callback: () => void told.push("fast") });
      const slow = nc.subscribe("slow", {
        callback: async (m) => {
          await barrierIsSet.opened;
          if (unsubscribes) slow.unsubscribe();
          await handlerMayReturn.opened;
          told.push(`slow ${m.string()}`);
        },
      });
      await sent();
      await receive("MSG fast 1 0\r\n\r\nMSG slow 2 1\r\n1\r\nMSG slow 2 1\r\n2\r\n");
      const barrier = nc.barrier().then(() => told.push("barrier"));
      barrierIsSet.open();
      await receive("");
      expect(told).toEqual(["fast"]);
      handlerMayReturn.open();
      await barrier;
      expect(told).toEqual(["fast", "slow 1", ...(unsubscribes ? [] : ["slow 2"]), "barrier"]);
    });
  }
});
