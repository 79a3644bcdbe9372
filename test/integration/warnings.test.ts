import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import { acceptAll, type OnOperation, readOperation } from "../support/client-operations.ts";
import { useServer } from "../support/nats-server.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const access = useServer({
  config: `authorization { users: [ { user: "joe", password: "s3cret", permissions: { publish: { deny: ["closed.>"] } } } ] }`,
});

type ProcessWarning = Error & { code?: string; detail?: string };

let warned: ProcessWarning[] = [];

function onWarning(warning: ProcessWarning): void {
  if (warning.name === "NatsWarning") warned.push(warning);
}

beforeEach(() => {
  warned = [];
  process.on("warning", onWarning);
});
afterEach(() => void process.off("warning", onWarning));

async function signIn(options: ConnectOptions = {}): Promise<Connection> {
  return await connect({ servers: access.url, user: "joe", password: "s3cret", name: "billing", ...options });
}

/** Closes, and waits until all that is warned of has been. */
async function close(nc: Connection): Promise<void> {
  await nc.close();
  await new Promise((resolve) => setImmediate(resolve));
}

async function failAll(nc: Connection): Promise<void> {
  nc.subscribe("throws", {
    callback: () => {
      throw new RangeError("out of range");
    },
  });
  nc.subscribe("rejects", { callback: () => Promise.reject(new RangeError("rejected")) });
  nc.subscribe("slow", { pending: { messages: 1 } });
  for (let i = 0; i < 3; i++)
    for (const subject of ["throws", "rejects", "slow", "closed.door"]) nc.publish(subject);
  await nc.flush();
}

describe("what nobody listens to", () => {
  test("is a warning of the process, one of each kind, and the number of the others at the end [CB-10]", async () => {
    const nc = await signIn();
    await failAll(nc);
    await expect
      .poll(() => warned.map(({ code }) => code ?? "").sort())
      .toEqual(["HANDLER_FAILED", "PUBLISH_DENIED", "SLOW_CONSUMER"]);
    const failed = warned.find(({ code }) => code === "HANDLER_FAILED")!;
    expect(failed.message).toContain(`a handler of "throws" failed: out of range`);
    expect(failed.message).toContain(`"billing"`);
    expect(failed.message).toContain(`on("handlerError")`);
    // Where it was thrown.
    expect(failed.detail).toContain("warnings.test.ts");
    await close(nc);
    const others = warned.slice(3).map(({ code, message }) => `${code}: ${message.slice(0, 2)}`);
    expect(others.sort()).toEqual(["HANDLER_FAILED: 5 ", "PUBLISH_DENIED: 2 "]);
    expect(JSON.stringify(warned.map(({ message, detail }) => [message, detail]))).not.toContain("s3cret");
  });

  test("is none with `warnings: false`", async () => {
    const nc = await signIn({ warnings: false });
    await failAll(nc);
    await close(nc);
    expect(warned).toEqual([]);
  });

  test("is no warning for what a listener, a loop or once() hears", async () => {
    const nc = await signIn();
    const heard: string[] = [];
    nc.on("handlerError", ({ type }) => void heard.push(type));
    nc.on("slowConsumer", ({ type }) => void heard.push(type));
    const denied = nc.once("error");
    nc.publish("closed.door");
    await denied;
    const loop = nc.events();
    await failAll(nc);
    await close(nc);
    await loop.return();
    expect(heard.filter((type) => type === "handlerError")).toHaveLength(6);
    expect(warned).toEqual([]);
  });

  test("is a listener's failure that no listener of errors hears, and the failure of that one", async () => {
    const nc = await signIn();
    nc.on("handlerError", () => {
      throw new RangeError("as a listener");
    });
    nc.subscribe("throws", {
      callback: () => {
        throw new RangeError("out of range");
      },
    });
    nc.publish("throws");
    await expect.poll(() => warned.map(({ code }) => code)).toEqual(["LISTENER_FAILED"]);
    expect(warned[0]!.message).toContain(`a listener of "handlerError" failed: as a listener`);
    nc.on("error", () => Promise.reject(new RangeError("of errors")));
    nc.publish("closed.door");
    const last = nc.once("error");
    await last;
    await close(nc);
    expect(warned.at(-1)).toMatchObject({ code: "LISTENER_FAILED" });
    expect(warned.at(-1)!.message).toMatch(/^1 more failure/);
  });
});

describe("what was published and could not leave any more", () => {
  async function ended(end: (nc: Connection) => Promise<unknown>): Promise<string[]> {
    const server = await ScriptedServer.start(acceptAll());
    const nc = await connect({ servers: server.url, reconnect: { delayHandler: () => 3_600_000 } });
    const over = nc.once("disconnected");
    await server.stop();
    await over;
    for (let i = 0; i < 3; i++) nc.publish("a", "123");
    await end(nc);
    await close(nc);
    return warned.map(({ code, message }) => `${code}: ${message}`);
  }

  test.each<[string, (nc: Connection) => Promise<unknown>]>([
    ["close()", (nc) => nc.close()],
    [
      "close(), while something waits for another event",
      (nc) => {
        void nc.once("reconnected").catch(() => undefined);
        return nc.close();
      },
    ],
    ["the end of an `await using` block", (nc) => nc[Symbol.asyncDispose]()],
  ])("is a warning if nobody hears of it: %s", async (_end, end) => {
    expect(await ended(end)).toEqual([
      expect.stringMatching(/^LOST: .* before 3 messages \(\d+ bytes\) .*on\("closed"\)/),
    ]);
  });

  test.each<[string, (nc: Connection) => Promise<unknown>]>([
    ["the report of a drain", (nc) => nc.drain()],
    [
      "a listener",
      (nc) => {
        nc.on("closed", () => undefined);
        return nc.close();
      },
    ],
  ])("is none if %s tells of it", async (_what, end) => {
    expect(await ended(end)).toEqual([]);
  });
});

describe("an outage that may have lost something", () => {
  /** The warnings of so many outages, in each of which `use` has published. */
  async function lost(
    use: (nc: Connection) => Promise<unknown>,
    outages = 1,
    onOperation?: OnOperation,
  ): Promise<string[]> {
    await using server = await ScriptedServer.start(acceptAll(onOperation));
    const nc = await connect({ servers: server.url, name: "billing", reconnect: { delay: 1 } });
    for (let i = 0; i < outages; i++) {
      await use(nc);
      server.peers.at(-1)!.destroy();
      await nc.once("reconnected");
    }
    await close(nc);
    return warned.map(({ code, message }) => `${code}: ${message}`);
  }

  /** Two messages that the server has read, and not confirmed. */
  async function publish(nc: Connection): Promise<void> {
    await nc.flush();
    for (let i = 0; i < 2; i++) nc.publish("a", "x");
    await new Promise((resolve) => setImmediate(resolve));
  }

  test("is a warning each time, with its numbers", async () => {
    const one = expect.stringMatching(
      /^UNCONFIRMED: .*up to 2 messages: 0 may not have left, 2 are not confirmed.*"billing".*on\("disconnected"\)/,
    ) as string;
    expect(await lost(publish, 2)).toEqual([one, one]);
  });

  test("is none if a response to a later request confirms all", async () => {
    const answer: OnOperation = ({ verb, args }, peer) => {
      if (verb === "PUB" && args.length === 3) peer.send(`MSG ${args[1]} 1 2\r\nok\r\n`);
    };
    const use = async (nc: Connection): Promise<void> => {
      nc.publish("a", "x");
      expect((await nc.request("b")).string()).toBe("ok");
    };
    expect(await lost(use, 1, answer)).toEqual([]);
    expect(
      await lost(
        async (nc) => {
          await use(nc);
          await publish(nc);
        },
        1,
        answer,
      ),
    ).toHaveLength(1);
  });

  test("is none if a flush confirms all", async () => {
    expect(
      await lost(async (nc) => {
        await publish(nc);
        await nc.flush();
      }),
    ).toEqual([]);
  });

  test("is none if the keep-alive of a link that never falls silent confirms all", async () => {
    // A message behind each PONG tells that it has been read.
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      for (;;) if ((await readOperation(peer)).verb === "PING") peer.send("PONG\r\nMSG b 1 0\r\n\r\n");
    });
    const nc = await connect({ servers: server.url, pingInterval: 60, reconnect: { delay: 1 } });
    const confirmed = nc.subscribe("b").next();
    const chatter = setInterval(() => server.peers.at(-1)!.send("MSG c 9 0\r\n\r\n"), 5);
    nc.publish("a", "x");
    await confirmed;
    clearInterval(chatter);
    server.peers.at(-1)!.destroy();
    await nc.once("reconnected");
    await close(nc);
    expect(warned).toEqual([]);
  });

  test("is none if a listener hears of it", async () => {
    expect(
      await lost(async (nc) => {
        nc.on("disconnected", () => undefined);
        await publish(nc);
      }),
    ).toEqual([]);
  });
});

describe("a connection that ends with an error", () => {
  async function lost(use: (nc: Connection) => void): Promise<void> {
    const server = await ScriptedServer.start(acceptAll());
    const nc = await connect({ servers: server.url, reconnect: false });
    use(nc);
    const over = nc.once("disconnected");
    await server.stop();
    await over;
    await expect.poll(() => nc.state).toBe("closed");
    await close(nc);
  }

  test("is a warning if nobody waits for its end", async () => {
    await lost(() => {});
    expect(warned.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the connection is closed for good: .*on\("closed"\)/),
    ]);
  });

  test.each<[what: string, use: (nc: Connection) => void]>([
    ["closed()", (nc) => void nc.closed()],
    ["a listener", (nc) => void nc.on("closed", () => {})],
    ["a loop", (nc) => void nc.events()],
  ])("is none if %s tells of it", async (_what, use) => {
    await lost(use);
    expect(warned).toEqual([]);
  });
});
