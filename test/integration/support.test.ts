import { executionAsyncId } from "node:async_hooks";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectNoLeak, openHandles } from "../support/leak-check.ts";
import { listen } from "../support/listen.ts";
import { Proxy } from "../support/proxy.ts";
import { RawClient } from "../support/raw-client.ts";
import { PeerClosed, ScriptedServer } from "../support/scripted-server.ts";
import type { Script } from "../support/scripted-server.ts";

const LIMIT = { timeout: 30_000 };

const HANDSHAKE = 'CONNECT {"verbose":false,"name":"raw"}\r\nPING\r\n';

describe("a scripted server", LIMIT, () => {
  test("shakes hands and gives the script what the client said", async () => {
    let options: unknown;
    await scripted(
      async (peer) => {
        options = await peer.accept({ max_payload: 10, nonce: "abc" });
        expect(await peer.expect("PUB")).toBe("PUB foo 4");
        expect((await peer.readBytes(6)).toString()).toBe("fo\r\n\r\n");
        expect(peer.received).toBe(`${HANDSHAKE}PUB foo 4\r\nfo\r\n\r\n`);
        peer.send("+OK\r\n");
        peer.close();
      },
      async (server, client) => {
        expect(await client.until("\r\n")).toMatch(/^INFO \{.*"max_payload":10,.*"nonce":"abc"\}\r\n$/);
        await client.until("PONG\r\n", HANDSHAKE);
        await client.until("+OK\r\n", "PUB foo 4\r\nfo\r\n\r\n");
        expect(await client.closed).toBe("end");
        await server.done();
      },
    );
    expect(options).toEqual({ verbose: false, name: "raw" });
  });

  test("leaves out an INFO field that is overridden by undefined", async () => {
    await scripted(
      (peer) => peer.sendInfo({ headers: undefined }),
      async (_, client) => {
        const info = JSON.parse((await client.until("\r\n")).slice(5)) as Record<string, unknown>;
        expect(info).not.toHaveProperty("headers");
        expect(info).toMatchObject({ proto: 1, client_id: 1 });
      },
    );
  });

  test("reads lines and bytes whatever way they arrive", async () => {
    const lines: string[] = [];
    await scripted(
      async (peer) => {
        lines.push(
          await peer.readLine(),
          (await peer.readBytes(3)).toString("latin1"),
          await peer.readLine(),
        );
        peer.close();
      },
      async (_, client) => {
        for (const letter of "ab\r\nc\r\nd\r\n") {
          client.send(letter);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await client.closed;
      },
    );
    expect(lines).toEqual(["ab", "c\r\n", "d"]);
  });

  test("counts its connections and waits for one to come", async () => {
    await scripted(
      (peer) => peer.send(`${peer.number}`),
      async (server, client) => {
        await client.until("1");
        const second = server.peer(2);
        const other = await RawClient.connect(server.port);
        expect((await second).number).toBe(2);
        await other.until("2");
        expect(server.connections).toBe(2);
        other.destroy();
        await (
          await second
        ).closed;
      },
    );
  });

  test("closes with FIN or breaks off with RST", async () => {
    await scripted(
      async (peer) => {
        await peer.expect("GO");
        if (peer.number === 1) peer.close();
        else peer.destroy();
      },
      async (server, client) => {
        client.send("GO\r\n");
        expect(await client.closed).toBe("end");
        const other = await RawClient.connect(server.port);
        other.send("GO\r\n");
        expect(await other.closed).toBe("ECONNRESET");
      },
    );
  });

  test("can stop reading, which blocks the client in the end", async () => {
    const size = 32 * 1024 * 1024;
    await scripted(
      async (peer) => {
        if (peer.number === 2) return peer.send("second");
        peer.pause();
        peer.send("paused");
        await peer.readBytes(size);
        peer.send("all");
      },
      async (server, client) => {
        await client.until("paused");
        let flushed = false;
        client.socket.write(Buffer.alloc(size), () => (flushed = true));
        const peer = await server.peer(1);
        const second = await RawClient.connect(server.port);
        await second.until("second");
        second.destroy();
        expect(flushed).toBe(false);
        expect(peer.received).toBe("");
        peer.resume();
        await client.until("all");
        expect(flushed).toBe(true);
      },
    );
  });

  test("comes back on the same port", async () => {
    const first = await ScriptedServer.start((peer) => peer.send("one"));
    await first.stop();
    const second = await ScriptedServer.start((peer) => peer.send("two"), { port: first.port });
    const client = await RawClient.connect(first.port);
    expect(await client.until("two")).toBe("two");
    await second.stop();
    expect(await client.closed).toBe("ECONNRESET");
  });
});

describe("the script of a scripted server", LIMIT, () => {
  test("breaks the connection off when it throws, and stop() throws the error, once", async () => {
    const server = await ScriptedServer.start(async (peer) => {
      await peer.expect("PING");
    });
    const client = await RawClient.connect(server.port);
    client.send("PONG\r\n");
    expect(await client.closed).toBe("ECONNRESET");
    await expect(server.stop()).rejects.toThrow('expected PING, but the client sent "PONG"');
    await server.stop();
  });

  test("may also throw at once, on several connections", async () => {
    const server = await ScriptedServer.start((peer) => {
      throw new Error(`script ${peer.number}`);
    });
    // The reset may come before or after the client's own "connect".
    for (let number = 1; number <= 2; number++) {
      await RawClient.connect(server.port).then(
        (client) => client.closed,
        () => {},
      );
    }
    await expect(server.stop()).rejects.toMatchObject({
      errors: [{ message: "script 1" }, { message: "script 2" }],
    });
  });

  test.each<[string, Script]>([
    ["waits for a line", async (peer) => void (await peer.readLine())],
    ["waits for bytes", async (peer) => void (await peer.readBytes(9))],
    ["shakes hands", async (peer) => void (await peer.accept())],
  ])("ends quietly when the client goes away while it %s", async (_, script) => {
    const server = await ScriptedServer.start(script);
    const client = await RawClient.connect(server.port);
    client.destroy();
    await server.peer(1);
    await server.done();
    await server.stop();
  });

  test("fails when the client goes away while it expects a verb", async () => {
    const server = await ScriptedServer.start(async (peer) => void (await peer.expect("SUB")));
    const client = await RawClient.connect(server.port);
    client.destroy();
    await server.peer(1);
    await expect(server.done()).rejects.toThrow(PeerClosed);
    await server.stop();
  });

  test("fails when it still expects a verb at stop()", async () => {
    const server = await ScriptedServer.start(async (peer) => void (await peer.expect("SUB")));
    await RawClient.connect(server.port);
    await server.peer(1);
    await expect(server.stop()).rejects.toThrow("expecting SUB");
  });

  test("gets the lines that came before the client went away", async () => {
    let caught: unknown;
    const server = await ScriptedServer.start(async (peer) => {
      await peer.closed;
      expect([await peer.readLine(), await peer.readLine()]).toEqual(["one", "two"]);
      await peer.readLine().catch((error: unknown) => (caught = error));
    });
    const client = await RawClient.connect(server.port);
    client.socket.end("one\r\ntwo\r\n");
    await client.closed;
    await server.done();
    expect(caught).toBeInstanceOf(PeerClosed);
    await server.stop();
  });

  test("fails when it does not end", async () => {
    const server = await ScriptedServer.start(() => new Promise(() => {}));
    await RawClient.connect(server.port);
    await server.peer(1);
    await expect(server.stop()).rejects.toThrow("the script of connection 1 does not end");
  });
});

describe("a proxy", LIMIT, () => {
  let echo: EchoServer;
  let proxy: Proxy;

  beforeEach(async () => {
    echo = await EchoServer.start();
    proxy = await Proxy.start(echo.port);
  });

  afterEach(async () => {
    await proxy.stop();
    await echo.stop();
  });

  test("passes everything on both ways and keeps a record", async () => {
    const client = await RawClient.connect(proxy.port);
    expect(await client.until("hello", "hello")).toBe("hello");
    const much = "x".repeat(3_000_000);
    expect(await client.until(much, much)).toBe(`hello${much}`);
    expect(proxy.recordedUp.toString()).toBe(`hello${much}`);
    expect(proxy.recordedDown.toString()).toBe(`hello${much}`);
    client.socket.end();
    expect(await client.closed).toBe("end");
  });

  test("passes on how a side ends its connection", async () => {
    const ended = await RawClient.connect(proxy.port);
    await ended.until("bye", "bye");
    expect(await ended.closed).toBe("end");
    const reset = await RawClient.connect(proxy.port);
    reset.send("reset");
    expect(await reset.closed).toBe("ECONNRESET");
  });

  test("resets the client when nobody listens at the target", async () => {
    await echo.stop();
    const client = await RawClient.connect(proxy.port);
    expect(await client.closed).toBe("ECONNRESET");
  });

  test("cuts all connections and takes new ones", async () => {
    const clients = [await RawClient.connect(proxy.port), await RawClient.connect(proxy.port)];
    await Promise.all(clients.map((client) => client.until("a", "a")));
    proxy.cut();
    await Promise.all(clients.map((client) => client.closed));
    await expect.poll(() => echo.sockets.size, LIMIT).toBe(0);
    const client = await RawClient.connect(proxy.port);
    await client.until("again", "again");
    expect(proxy.connections).toBe(3);
  });

  test.each([
    ["up", "", "a"],
    ["down", "ab", "a"],
    ["both", "", "a"],
  ] as const)("stalls %s without closing, then delivers", async (direction, down, before) => {
    const client = await RawClient.connect(proxy.port);
    await client.until("a", "a");
    proxy.stall(direction);
    client.send("b");
    await expect.poll(() => proxy.recordedUp.toString(), LIMIT).toBe("ab");
    if (down !== "") await expect.poll(() => proxy.recordedDown.toString(), LIMIT).toBe(down);
    await throughAnotherProxy(echo.port);
    expect(client.received).toBe(before);
    await expect.poll(() => echo.sockets.size, LIMIT).toBe(1);
    proxy.resume();
    expect(await client.until("ab")).toBe("ab");
  });

  test("blocks a sender once a stall has filled the way", async () => {
    const client = await RawClient.connect(proxy.port);
    proxy.stall("up");
    const size = 32 * 1024 * 1024;
    client.socket.write(Buffer.alloc(size, "x"));
    await expect.poll(() => client.socket.writableLength, LIMIT).toBe(size);
    await throughAnotherProxy(echo.port);
    expect(proxy.recordedUp.length).toBeLessThan(size);
    proxy.resume();
    await expect.poll(() => client.received.length, LIMIT).toBe(size);
  });

  test("holds bytes back and keeps their order", async () => {
    const client = await RawClient.connect(proxy.port);
    proxy.delay(50);
    client.send("late");
    await expect.poll(() => proxy.recordedUp.toString(), LIMIT).toBe("late");
    proxy.delay(0);
    await client.until("late!", "!");
  });

  test("forwards in small pieces", async () => {
    const client = await RawClient.connect(proxy.port);
    proxy.split(1);
    expect(await client.until("in pieces", "in pieces")).toBe("in pieces");
    expect(echo.chunks.every((size) => size <= 2)).toBe(true);
    expect(() => proxy.split(0)).toThrow(RangeError);
  });

  test("changes bytes on the way, per direction", async () => {
    const client = await RawClient.connect(proxy.port);
    proxy.garble((chunk, direction) =>
      direction === "up" ? Buffer.from(chunk.toString().toUpperCase()) : Buffer.concat([chunk, chunk]),
    );
    expect(await client.until("AA", "a")).toBe("AA");
    proxy.garble(undefined);
    expect(await client.until("AAb", "b")).toBe("AAb");
    expect(proxy.recordedUp.toString()).toBe("ab");
  });

  test("refuses new connections while old ones go on", async () => {
    const old = await RawClient.connect(proxy.port);
    await old.until("a", "a");
    proxy.refuse();
    await expect(RawClient.connect(proxy.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await old.until("ab", "b");
    await proxy.accept();
    const client = await RawClient.connect(proxy.port);
    await client.until("c", "c");
  });

  test("leaves nothing behind, also when it stops in the middle of everything", async () => {
    await expectNoLeak(async () => {
      const other = await Proxy.start(echo.port);
      const client = await RawClient.connect(other.port);
      other.delay(60_000);
      client.send("never");
      await expect.poll(() => other.recordedUp.toString(), LIMIT).toBe("never");
      await throughAnotherProxy(echo.port);
      expect(client.received).toBe("");
      other.stall();
      await other.stop();
      await client.closed;
    });
  });
});

describe("the leak check", LIMIT, () => {
  test("counts handles by kind", async () => {
    const before = openHandles()["TCPServerWrap"] ?? 0;
    const server = createServer();
    await listen(server);
    expect(openHandles()["TCPServerWrap"]).toBe(before + 1);
    server.close();
  });

  test("gives back what the body gives back", async () => {
    expect(await expectNoLeak(() => "result")).toBe("result");
  });

  test("follows no promise once it is over, for that slows down all that comes after it", async () => {
    await expectNoLeak(() => undefined);
    // A promise that is followed has an id of its own.
    const first = await Promise.resolve().then(executionAsyncId);
    expect(await Promise.resolve().then(executionAsyncId)).toBe(first);
  });

  test("passes on what the body throws", async () => {
    const failing = expectNoLeak(() => Promise.reject(new Error("body")));
    await expect(failing).rejects.toThrow("body");
  });

  test("waits for what is just closing", async () => {
    await expectNoLeak(async () => {
      const server = createServer((socket) => socket.end());
      await RawClient.connect(await listen(server));
      server.close();
    });
  });

  test("does not mind what was open before", async () => {
    const timer = setTimeout(() => {}, 60_000);
    await expectNoLeak(() => clearTimeout(setTimeout(() => {}, 60_000)));
    clearTimeout(timer);
  });

  test.each([true, false])("names a timer that is left and where it was made (ref: %s)", async (ref) => {
    let timer: NodeJS.Timeout | undefined;
    const leaking = expectNoLeak(() => {
      timer = setTimeout(() => {}, 60_000);
      if (!ref) timer.unref();
    });
    await expect(leaking).rejects.toThrow(/^left open: Timeout made at .*support\.test\.ts[^,]*$/);
    clearTimeout(timer);
  });

  test("names sockets and listeners that are left", async () => {
    const server = createServer();
    let client: RawClient | undefined;
    const leaking = expectNoLeak(async () => {
      client = await RawClient.connect(await listen(server));
    });
    await expect(leaking).rejects.toThrow(/left open: TCPSERVERWRAP .*, TCPWRAP .*, TCPWRAP /);
    client?.destroy();
    server.close();
  });
});

/** Runs `body` with a client that is connected to a server with this script, and stops both. */
async function scripted(
  script: Script,
  body: (server: ScriptedServer, client: RawClient) => Promise<void>,
): Promise<void> {
  const server = await ScriptedServer.start(script);
  try {
    const client = await RawClient.connect(server.port);
    await body(server, client);
  } finally {
    await server.stop();
  }
}

/** A round trip on the same way as the stalled one, so that a failed stall has had its chance. */
async function throughAnotherProxy(port: number): Promise<void> {
  const proxy = await Proxy.start(port);
  const client = await RawClient.connect(proxy.port);
  await client.until("there and back", "there and back");
  client.destroy();
  await proxy.stop();
}

/** Sends back what it gets; "bye" ends the connection, "reset" breaks it off. */
class EchoServer {
  readonly sockets = new Set<Socket>();
  readonly chunks: number[] = [];
  readonly #server = createServer((socket) => this.#serve(socket));
  port = 0;

  static async start(): Promise<EchoServer> {
    const echo = new EchoServer();
    echo.port = await listen(echo.#server);
    return echo;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      this.chunks.push(chunk.length);
      if (chunk.toString() === "reset") socket.resetAndDestroy();
      else if (chunk.toString() === "bye") socket.end(chunk);
      else socket.write(chunk);
    });
  }
}
