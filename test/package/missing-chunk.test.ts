import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type * as natspeed from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { bundleForNode } from "./bundled-package.ts";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
let folder: string;

/** An entry as browsers have it, which loads on demand what Node has at once, over TCP. */
const ENTRY = `
  import { openConnection } from "./core/connection/open-connection.js";
  import { dialTcp } from "./transport/tcp.js";
  const platform = { dialers: { nats: dialTcp, tls: dialTcp, tcp: dialTcp }, defaultScheme: "nats", isBrowser: true };
  export const connect = (options) =>
    openConnection(typeof options === "string" ? { servers: options } : options, platform);
`;

// Beside dist, for what is not bundled is looked up from there.
beforeEach(async () => {
  const cache = join(dist, "..", ".cache");
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "missing-chunk-"));
  await bundleForNode({
    stdin: { contents: ENTRY, resolveDir: dist, sourcefile: "index.js" },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = async (): Promise<typeof natspeed> =>
  (await import(pathToFileURL(join(folder, "stdin.mjs")).href)) as typeof natspeed;

/** Takes away what is loaded on demand; returns what brings it back. */
function takeAway(): () => void {
  const chunk = join(
    folder,
    readdirSync(folder).find((name) => name.startsWith("on-demand-"))!,
  );
  renameSync(chunk, `${chunk}.away`);
  return () => renameSync(`${chunk}.away`, chunk);
}

async function startTwo(): Promise<
  AsyncDisposable & { readonly all: ScriptedServer[]; readonly urls: string[] }
> {
  const all = [await ScriptedServer.start(acceptAll()), await ScriptedServer.start(acceptAll())];
  return {
    all,
    urls: all.map(({ url }) => url),
    [Symbol.asyncDispose]: async () => {
      for (const server of all) await server.stop();
    },
  };
}

describe("a bundled client whose chunk for moves can't be loaded", () => {
  test("connects, reconnects and says why it does not move; moves when the chunk is there again", async () => {
    const { connect } = await load();
    const bringBack = takeAway();
    await using servers = await startTwo();
    await using nc = await connect({ servers: servers.urls, randomize: false });
    const log = new EventLog(nc);
    expect(await failure(nc.reconnect())).toMatchObject({
      name: "ConnectionError",
      code: "CHUNK_NOT_LOADED",
    });
    expect(nc.server).toBe(servers.urls[0]);
    await nc.flush();
    servers.all[0]!.peers[0]!.destroy();
    await log.wait("reconnected");
    await nc.flush();
    const { server } = nc;
    bringBack();
    await nc.reconnect();
    await log.wait("moved");
    expect(nc.server).not.toBe(server);
    await nc.flush();
    await nc.close();
  });

  test("stays with a server that announces its end, tells it once, and is at another when it is gone", async () => {
    const { connect } = await load();
    takeAway();
    await using servers = await startTwo();
    await using nc = await connect({ servers: servers.urls, randomize: false });
    const log = new EventLog(nc);
    const told = nc.once("error");
    servers.all[0]!.peers[0]!.sendInfo({ ldm: true });
    expect((await told).error.code).toBe("CHUNK_NOT_LOADED");
    await nc.flush();
    expect(nc.server).toBe(servers.urls[0]);
    servers.all[0]!.peers[0]!.destroy();
    await log.wait("reconnected");
    expect(nc.server).toBe(servers.urls[1]);
  });

  test("says so to whoever asks for many responses; collects them when the chunk is there again", async () => {
    const { connect } = await load();
    const bringBack = takeAway();
    await using server = await ScriptedServer.start(acceptAll());
    await using nc = await connect(server.url);
    const responses = nc.requestMany("status", undefined, { maxWait: 20 });
    expect(await failure(responses.next())).toMatchObject({ code: "CHUNK_NOT_LOADED" });
    bringBack();
    expect(await responses.next()).toEqual({ value: undefined, done: true });
    await nc.close();
  });

  test("says so where connecting needs it", async () => {
    const { connect } = await load();
    takeAway();
    await using server = await ScriptedServer.start(acceptAll());
    const error = await failure(connect({ servers: server.url, authenticator: () => ({ token: "t" }) }));
    expect(error).toMatchObject({ code: "CHUNK_NOT_LOADED" });
    expect(await failure(connect({ servers: server.url, localAddress: "127.0.0.1" }))).toMatchObject({
      code: "CHUNK_NOT_LOADED",
    });
  });
});
