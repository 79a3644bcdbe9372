import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { startCluster, startServer } from "../../scripts/nats-server.mjs";
import { serverVersionAtLeast, useServer, withCluster, withServer } from "../support/nats-server.ts";
import { RawClient } from "../support/raw-client.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/nats-server.mjs", import.meta.url));
const LIMIT = { timeout: 120_000 };

describe("a server for a whole file", LIMIT, () => {
  const access = useServer({ name: "shared" });

  test("accepts connections and says who it is", async () => {
    const client = await RawClient.connect(access.server.port);
    const text = await client.until("\r\n");
    const info = JSON.parse(text.slice("INFO ".length)) as Record<string, unknown>;
    expect(info).toMatchObject({ server_name: "shared", version: access.server.version });
    expect(access.url).toBe(`nats://127.0.0.1:${access.server.port}`);
    client.destroy();
  });

  test("answers on its monitoring port", async () => {
    const varz = await access.server.monitor("/varz");
    expect(varz).toMatchObject({ server_name: "shared", host: "127.0.0.1" });
    expect(access.server.monitorUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });
});

describe("one server", LIMIT, () => {
  test("comes back on the same port with the same store after kill()", async () => {
    await withServer({ jetstream: true, name: "store" }, async (server) => {
      const { port, pid } = server;
      await createStreamWithMessage(port);

      await server.kill();
      expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
      await expect(RawClient.connect(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });

      await server.restart();
      expect(server.port).toBe(port);
      expect(server.pid).not.toBe(pid);
      expect(await messagesInStream(port)).toBe(1);
    });
  });

  test("restart() of a running server ends it in order and keeps its store", async () => {
    await withServer({ jetstream: true, name: "store" }, async (server) => {
      await createStreamWithMessage(server.port);
      const first = server.exited;
      await server.restart();
      expect(await first).toEqual({ code: 0, signal: null });
      expect(await messagesInStream(server.port)).toBe(1);
    });
  });

  test("restart() after stop() has the same port and an empty store", async () => {
    await withServer({ jetstream: true, name: "store" }, async (server) => {
      const { port } = server;
      await createStreamWithMessage(port);
      await server.stop();
      await server.restart();
      expect(server.port).toBe(port);
      expect(await messagesInStream(port)).toBeUndefined();
    });
  });

  test("restart() can change the configuration", async () => {
    await withServer({}, async (server) => {
      await server.restart({ config: 'authorization { token: "secret" }' });
      const client = await RawClient.connect(server.port);
      expect(await client.until("\r\n")).toContain('"auth_required":true');
      client.destroy();
    });
  });

  test("is silent while frozen and answers once thawed", async () => {
    await withServer({}, async (server) => {
      const client = await RawClient.connect(server.port);
      await client.until("PONG", 'CONNECT {"verbose":false}\r\nPING\r\n');
      const before = client.received;

      await server.freeze();
      client.send("PING\r\n");
      await useAnotherServer();
      expect(client.received).toBe(before);

      server.thaw();
      await client.until(/PONG\r\nPONG\r\n$/);
      client.destroy();
    });
  });

  test("stops also while it is frozen", async () => {
    const server = await startServer();
    await server.freeze();
    await server.stop();
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  test("tells its clients when it goes into lame duck mode", async () => {
    await withServer({ config: "lame_duck_duration: 30s" }, async (server) => {
      const client = await RawClient.connect(server.port);
      await client.until("PONG", 'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n');
      server.lameDuck();
      expect(await client.until('"ldm":true')).toContain("INFO");
      client.destroy();
    });
  });

  test("stop() removes its folder, may be called again, and leaves no listener behind", async () => {
    const before = processListeners();
    const server = await startServer();
    const folder = dirname(server.storeDir);
    expect(existsSync(folder)).toBe(true);
    expect(processListeners()).toEqual(before);

    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(existsSync(folder)).toBe(false);
    expect(server.output()).toContain("Server Exiting");
    expect(processListeners()).toEqual(before);
  });

  test("stop() keeps a store that the caller named", async () => {
    const storeDir = await mkdtemp(join(tmpdir(), "named-store-"));
    try {
      await withServer({ jetstream: true, storeDir }, (server) => createStream(server.port));
      expect(readdirSync(storeDir)).toEqual(["jetstream"]);
    } finally {
      await rm(storeDir, { recursive: true });
    }
  });

  test("an error at its start shows what it printed", async () => {
    const starting = startServer({ config: "no_such_setting: true" });
    await expect(starting).rejects.toThrow(/did not start: .* ended with code 1\n.*no_such_setting/s);
  });

  test("a program that cannot be run is named", async () => {
    const path = join(tmpdir(), "no-such-nats-server");
    await expect(startServer({ path })).rejects.toThrow(path);
  });
});

describe("several servers", LIMIT, () => {
  test("run side by side", async () => {
    await withServer({}, async (one) => {
      await withServer({}, async (other) => {
        expect(other.port).not.toBe(one.port);
        expect(other.storeDir).not.toBe(one.storeDir);
        await one.stop();
        const client = await RawClient.connect(other.port);
        await client.until("PONG", "PING\r\n");
        client.destroy();
      });
    });
  });

  test("of a cluster pass messages on to each other", async () => {
    await withCluster(3, { name: "trio" }, async ({ servers }) => {
      expect(servers).toHaveLength(3);
      const names = await Promise.all(servers.map((server) => server.monitor("/varz")));
      expect(names.map((varz) => varz["server_name"])).toEqual(["trio-1", "trio-2", "trio-3"]);
      await expectDelivery(servers[0]!.port, servers[2]!.port);
    });
  });

  test("of a cluster come back into it after kill()", async () => {
    await withCluster(3, {}, async ({ servers }) => {
      const [first, , last] = servers;
      await last!.kill();
      await last!.restart();
      await expectDelivery(last!.port, first!.port);
    });
  });

  test("of a JetStream cluster can place streams from the start", async () => {
    await withCluster(3, { jetstream: true }, async ({ servers }) => {
      await Promise.all(servers.map((server, index) => createStream(server.port, `S${index}`, 3)));
    });
  });

  test("of a cluster that cannot start leave nothing behind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "temporary-"));
    vi.stubEnv("TMPDIR", folder).stubEnv("TEMP", folder);
    try {
      const starting = startCluster(3, { config: "no_such_setting: true" });
      await expect(starting).rejects.toThrow("no_such_setting");
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    }
  });
});

describe.skipIf(process.platform === "win32")("a program that started a server", LIMIT, () => {
  const signals = ["SIGKILL", "SIGINT", "SIGTERM"] as const;

  test.each(signals)("takes it along when it is ended by %s", async (signal) => {
    const { child, port, folder } = await startProgram("await new Promise(() => {});");
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([null, signal]);
    await gone(port, folder);
  });

  const endings = ["process.exit(0);", "throw new Error('uncaught');"];

  test.each(endings)("takes it along when it ends by %s", async (ending) => {
    const { child, port, folder } = await startProgram(ending);
    if (child.exitCode === null) await once(child, "exit");
    await gone(port, folder);
  });
});

describe.skipIf(process.platform === "win32")("--run", LIMIT, () => {
  test("runs a server until Ctrl-C", async () => {
    const child = spawn(process.execPath, [SCRIPT, "--run"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const url = new URL(line.toString().trim());
    const client = await RawClient.connect(Number(url.port));
    await client.until("PONG", "PING\r\n");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
    await client.closed;
    await expect(RawClient.connect(Number(url.port))).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });
});

test("versions are compared by their numbers", () => {
  expect(serverVersionAtLeast("2.15.2", "2.14.0")).toBe(true);
  expect(serverVersionAtLeast("2.9.10", "2.14.0")).toBe(false);
  expect(serverVersionAtLeast("3.0.0", "2.14")).toBe(true);
  expect(serverVersionAtLeast("2.14.0-RC.1", "2.14.0")).toBe(true);
  expect(() => serverVersionAtLeast("latest", "2.14.0")).toThrow('"latest"');
});

async function apiRequest(port: number, subject: string, body: string): Promise<string> {
  const client = await RawClient.connect(port);
  const request = `PUB $JS.API.${subject} reply ${body.length}\r\n${body}\r\n`;
  const text = await client.until(
    /MSG reply.*\r\n.*\r\n/,
    `CONNECT {"verbose":false}\r\nSUB reply 1\r\n${request}`,
  );
  client.destroy();
  return text.slice(text.indexOf("MSG reply"));
}

async function createStream(port: number, name = "S", replicas = 1): Promise<void> {
  const subjects = [`in.${name}`];
  const config = JSON.stringify({ name, subjects, num_replicas: replicas });
  expect(await apiRequest(port, `STREAM.CREATE.${name}`, config)).not.toContain('"error"');
}

async function createStreamWithMessage(port: number): Promise<void> {
  await createStream(port);
  const client = await RawClient.connect(port);
  const publish = "PUB in.S ack 1\r\nx\r\n";
  await client.until(/MSG ack.*\r\n.*"seq":1/, `CONNECT {"verbose":false}\r\nSUB ack 1\r\n${publish}`);
  client.destroy();
}

async function messagesInStream(port: number): Promise<number | undefined> {
  const answer = await apiRequest(port, "STREAM.INFO.S", "");
  const count = /"messages":(\d+)/.exec(answer)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** Interest travels between the servers in its own time, so the message is sent until it comes. */
async function expectDelivery(fromPort: number, toPort: number): Promise<void> {
  const subscriber = await RawClient.connect(toPort);
  await subscriber.until("PONG", 'CONNECT {"verbose":false}\r\nSUB across 1\r\nPING\r\n');
  const publisher = await RawClient.connect(fromPort);
  publisher.send('CONNECT {"verbose":false}\r\n');
  const timer = setInterval(() => publisher.send("PUB across 2\r\nhi\r\n"), 20);
  try {
    await subscriber.until("MSG across 1 2\r\nhi\r\n");
  } finally {
    clearInterval(timer);
    publisher.destroy();
    subscriber.destroy();
  }
}

/** A whole life of another server: much more time than a PONG needs. */
async function useAnotherServer(): Promise<void> {
  await withServer({}, async (other) => {
    const client = await RawClient.connect(other.port);
    await client.until("PONG", "PING\r\n");
    client.destroy();
  });
}

function processListeners(): number[] {
  return ["exit", "SIGINT", "SIGTERM"].map((name) => process.listenerCount(name));
}

async function startProgram(ending: string) {
  const source = `
    import { startServer } from ${JSON.stringify(SCRIPT)};
    const server = await startServer();
    process.stdout.write(JSON.stringify({ port: server.port, store: server.storeDir }) + "\\n");
    ${ending}`;
  const args = ["--input-type=module", "-e", source];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { port, store } = JSON.parse(line.toString()) as { port: number; store: string };
  return { child, port, folder: dirname(store) };
}

/** Ends when neither the server nor its folder is there any more. */
async function gone(port: number, folder: string): Promise<void> {
  await expect
    .poll(
      () =>
        RawClient.connect(port).then(
          (client) => client.destroy(),
          (error) => error.code,
        ),
      LIMIT,
    )
    .toBe("ECONNREFUSED");
  await expect.poll(() => existsSync(folder), LIMIT).toBe(false);
}
