import { createServer, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { connectAny } from "../../../src/transport/connect-any.ts";
import { lookUp } from "../../../src/transport/look-up.ts";
import { dialTcp } from "../../../src/transport/tcp.ts";
import { RecordingContext, serverAddress, TransportLog } from "../../support/dialling.ts";
import { failure } from "../../support/failure.ts";
import { expectNoLeak } from "../../support/leak-check.ts";
import { listen } from "../../support/listen.ts";
import { NEVER } from "../../support/never.ts";
import { refusedPort } from "../../support/refused-port.ts";
import { SilentAddresses } from "../../support/silent-addresses.ts";

const { signal } = new AbortController();

/** A listener on 127.0.0.1 for the time that `body` takes; it tells each client its address. */
const newSocket = (): { socket: Socket } => ({ socket: new Socket() });

async function withListener(body: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).end(socket.remoteAddress ?? "");
  });
  const port = await listen(server);
  try {
    await body(port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe("several addresses", () => {
  test("are tried one after another, the last one too [DIAL-01] [DIAL-04]", async () => {
    await expectNoLeak(() =>
      withListener(async (port) => {
        const refused = Array.from({ length: 30 }, (_, i) => `127.0.1.${i + 1}`);
        const addresses = [...refused, "127.0.0.1"];
        const { socket } = await connectAny(
          { addresses, port, localAddress: undefined, timeout: NEVER, newSocket },
          signal,
        );
        expect(socket.remoteAddress).toBe("127.0.0.1");
        socket.destroy();
      }),
    );
  });

  test("fail with one error for each, and nothing left open [DIAL-04] [DIAL-09]", async () => {
    const port = await refusedPort();
    const addresses = ["127.0.0.1", "127.0.0.2"];
    const dialled = expectNoLeak(() =>
      connectAny({ addresses, port, localAddress: undefined, timeout: NEVER, newSocket }, signal),
    );
    await expect(dialled).rejects.toMatchObject({
      errors: [{ code: "ECONNREFUSED", address: "127.0.0.1" }, { address: "127.0.0.2" }],
    });
  });

  test.each([
    [600, ["127.0.0.5", "127.0.0.6", "127.0.0.7"]],
    [NEVER, ["127.0.0.5"]],
  ])(
    "all have their share of the time, though those before are silent (%i ms, %j) [DIAL-05]",
    async (timeout, hosts) => {
      await withListener(async (port) => {
        await using silent = await SilentAddresses.open(hosts, port);
        const addresses = [...silent.hosts, "127.0.0.1"];
        const target = { addresses, port, localAddress: undefined, timeout, newSocket };
        const { socket } = await connectAny(target, AbortSignal.timeout(timeout));
        expect(socket.remoteAddress).toBe("127.0.0.1");
        socket.destroy();
      });
    },
  );

  test("are ended by the signal", async () => {
    const aborted = AbortSignal.abort(new Error("enough"));
    const target = { addresses: ["127.0.0.1"], port: 1, localAddress: undefined, timeout: NEVER, newSocket };
    await expect(expectNoLeak(() => connectAny(target, aborted))).rejects.toThrow("enough");
  });
});

describe("a look-up", () => {
  test("asks the operating system for all addresses, and not for an address's own [DIAL-01]", async () => {
    const context = new RecordingContext();
    expect(await lookUp(serverAddress(1, { host: "localhost" }), context)).toContain("127.0.0.1");
    expect(context.phases).toEqual(["dns"]);
    expect(await lookUp(serverAddress(1, { host: "::1" }), context)).toEqual(["::1"]);
    expect(context.phases).toEqual(["dns"]);
  });

  test("finds only what can be reached from the local address", async () => {
    const context = new RecordingContext({ localAddress: "127.0.0.1" });
    expect(await lookUp(serverAddress(1, { host: "localhost" }), context)).not.toContain("::1");
  });
});

describe("a dial over TCP", () => {
  test("comes from the local address", async () => {
    await withListener(async (port) => {
      const context = new RecordingContext({ localAddress: "127.0.0.9" });
      const transport = await dialTcp(serverAddress(port, { host: "localhost" }), context);
      const log = new TransportLog(transport);
      await log.closed;
      expect(log.text).toBe("127.0.0.9");
      expect(transport.isSecure).toBe(false);
      expect(context.phases).toEqual(["dns", "tcp"]);
    });
  });

  test.each(["not an address", "::1", "203.0.113.7"])(
    "from a local address that is of no use fails (%s)",
    async (localAddress) => {
      const context = new RecordingContext({ localAddress });
      const error = await expectNoLeak(() => failure(dialTcp(serverAddress(1), context)));
      expect(error).toMatchObject({ code: "DIAL_FAILED", phase: "tcp" });
      expect(error.message).toContain(localAddress);
    },
  );

  test("to a port that refuses is told as such", async () => {
    const port = await refusedPort();
    const error = await failure(dialTcp(serverAddress(port, { host: "localhost" }), new RecordingContext()));
    expect(error).toMatchObject({ code: "CONNECTION_REFUSED", phase: "tcp" });
    expect(error.message).toBe(`localhost:${port} refuses connections`);
  });
});
