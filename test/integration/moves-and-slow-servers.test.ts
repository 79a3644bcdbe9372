import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { type Connection, connect, type ConnectionEvent } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { hears } from "../support/moves.ts";
import { groupNeeds, withCluster } from "../support/nats-server.ts";
import { type ScriptedPeer, ScriptedServer } from "../support/scripted-server.ts";

const BULK = new Uint8Array(4000);

type Left = Extract<ConnectionEvent, { type: "leftBehind" }>;

/** A server that does for each line of its clients what `answer` says. */
function aServer(
  answer: (peer: ScriptedPeer, line: string) => Promise<void> | void,
): Promise<ScriptedServer> {
  return ScriptedServer.start(async (peer) => {
    await peer.accept();
    for (;;) await answer(peer, await peer.readLine());
  });
}

const prompt = (peer: ScriptedPeer, line: string): void => {
  if (line === "PING") peer.send("PONG\r\n");
};

/** A connection to a server that is about to be left for one that answers at once. */
async function moving(
  answer: (peer: ScriptedPeer, line: string) => Promise<void> | void,
  body: (nc: Connection, old: ScriptedServer, next: ScriptedServer) => Promise<void>,
  timeout = 1000,
): Promise<void> {
  await using old = await aServer(answer);
  await using next = await aServer(prompt);
  await using nc = await connect({ servers: old.url, timeout, disposeTimeout: 50 });
  nc.setServers(next.url);
  await body(nc, old, next);
}

describe("a move away from a server that is slow", () => {
  test("takes all that it still sends, in order, before anything of the next, however long that takes", async () => {
    const state = { isLeft: false };
    const trickle = async (peer: ScriptedPeer, line: string): Promise<void> => {
      if (line !== "PING") return;
      // Longer than the patience with one that gets nothing across.
      for (let i = 0; i < 20 && state.isLeft; i++) {
        await sleep(100);
        peer.send(`MSG in 1 ${`${i}`.length}\r\n${i}\r\n`);
      }
      state.isLeft = false;
      peer.send("PONG\r\n");
    };
    await moving(
      trickle,
      async (nc, old, next) => {
        const events = new EventLog(nc);
        const got: number[] = [];
        const sub = nc.subscribe("in", { callback: (m) => void got.push(Number(m.string())) });
        await nc.flush();
        state.isLeft = true;
        const moved = nc.reconnect();
        // Publishing goes on at the old one meanwhile.
        await eventually(() => expect(next.peers).toHaveLength(1));
        nc.publish("out", "still there");
        await moved;
        expect(got).toEqual(Array.from({ length: 20 }, (_, i) => i));
        await nc.flush();
        next.peers[0]!.send("MSG in 1 2\r\n20\r\n");
        await eventually(() => expect(got).toHaveLength(21));
        expect(sub.dropped).toBe(0);
        expect(old.peers[0]!.received).toContain("still there");
        expect(events.types).toEqual(["moved"]);
      },
      500,
    );
  });

  test("waits while it reads what was published, and nothing is lost or sent twice", async () => {
    await moving(
      prompt,
      async (nc, old, next) => {
        const events = new EventLog(nc);
        old.peers[0]!.readSlowly(10);
        let count = 0;
        const publish = async (bytes: number): Promise<void> => {
          for (const end = nc.pendingBytes + bytes; nc.pendingBytes < end;) {
            nc.publish("out", `${count++} `.padEnd(4000));
            if (count % 100 === 0) await nextTurn();
          }
        };
        await publish(8_000_000);
        const moved = nc.reconnect();
        await publish(1_000_000);
        await moved;
        await nc.flush();
        expect(events.types).toEqual(["moved"]);
        const sent = [...old.peers, ...next.peers].flatMap(({ received }) =>
          [...received.matchAll(/PUB out 4000\r\n(\d+) /g)].map(([, number]) => Number(number)),
        );
        expect(sent).toEqual(Array.from({ length: count }, (_, i) => i));
      },
      // What waits in the system for the server to read it gets on unseen: that takes long on a busy machine.
      600_000,
    );
  });

  test("can be given up while it waits, and the link stays", async () => {
    let holds = false;
    const chatter = async (peer: ScriptedPeer, line: string): Promise<void> => {
      if (line === "PING" && !holds) peer.send("PONG\r\n");
      else if (line === "PING") void peer.keepSending("+OK\r\n", 50);
    };
    await moving(chatter, async (nc, old, next) => {
      const events = new EventLog(nc);
      holds = true;
      expect((await failure(nc.reconnect({ timeout: 300 }))).code).toBe("TIMEOUT");
      await next.peers[0]!.closed;
      old.peers[0]!.send("PONG\r\n");
      holds = false;
      await nc.flush();
      expect([nc.server, events.types]).toEqual([old.url, []]);
    });
  });
});

describe("a move to a server that knows nothing of the one before", () => {
  /** A server that answers `PING` for as long as it is not told to hold back, and requests to `svc`. */
  function responder(state: { holds: boolean }) {
    const interests = new Map<string, string>();
    return (peer: ScriptedPeer, line: string): void => {
      const [verb, subject = "", second = ""] = line.split(" ");
      if (verb === "SUB") interests.set(subject, second);
      if (verb === "PING" && !state.holds) peer.send("PONG\r\n");
      const sid = interests.get(second.replace(/[^.]+$/, "*"));
      if (verb === "PUB" && subject === "svc" && sid !== undefined) {
        peer.send(`MSG ${second} ${sid} 6\r\nanswer\r\n`);
      }
    };
  }

  async function held(body: (nc: Connection, old: ScriptedPeer, moved: Promise<void>) => Promise<void>) {
    const state = { holds: false };
    const respond = responder({ holds: false });
    await using next = await aServer(respond);
    await using old = await aServer((peer, line) => {
      // It says that it is level with the client, and not that it has ended everything.
      if (line.startsWith("UNSUB")) state.holds = true;
      if (!state.holds) prompt(peer, line);
    });
    await using nc = await connect({ servers: old.url, timeout: 15_000, disposeTimeout: 50 });
    nc.subscribe("in", { callback: () => undefined });
    const before = nc.request("nobody", undefined, { timeout: 15_000 });
    before.catch(() => undefined);
    await nc.flush();
    nc.setServers(next.url);
    const moved = nc.reconnect();
    moved.catch(() => undefined);
    await eventually(() => expect(state.holds).toBe(true));
    await body(nc, old.peers[0]!, moved);
    expect((await failure(before)).code).toBe("DISCONNECTED");
  }

  test("leaves no request unanswered that is made while publishing is held back", async () => {
    await held(async (nc, old, moved) => {
      const request = nc.request("svc", undefined, { timeout: 15_000 });
      old.send("PONG\r\n");
      await moved;
      expect((await request).string()).toBe("answer");
      old.destroy();
    });
  });

  test("tells by the loss of one link nothing of requests whose responses come by another", async () => {
    const respond = responder({ holds: false });
    await using first = await aServer(prompt);
    await using second = await aServer(prompt);
    await using third = await aServer(respond);
    await using nc = await connect({ servers: first.url, timeout: 15_000, disposeTimeout: 50 });
    const one = nc.request("one", undefined, { timeout: 15_000 });
    one.catch(() => undefined);
    await nc.flush();
    nc.setServers(second.url);
    await nc.reconnect();
    const two = nc.request("two", undefined, { timeout: 15_000 });
    two.catch(() => undefined);
    await nc.flush();
    nc.setServers(third.url);
    await nc.reconnect();
    first.peers[0]!.destroy();
    expect((await failure(one)).code).toBe("DISCONNECTED");
    const { received } = second.peers[0]!;
    const [, reply] = /PUB two (\S+) /.exec(received)!;
    const [, sid] = /SUB _INBOX\S+ (\d+)/.exec(received)!;
    second.peers[0]!.send(`MSG ${reply} ${sid} 2\r\nok\r\n`);
    expect((await two).string()).toBe("ok");
  });

  test("tells requests of before at once if the old link is lost while publishing is held back", async () => {
    await held(async (nc, old, moved) => {
      old.destroy();
      await moved;
      expect((await nc.request("svc")).string()).toBe("answer");
    });
  });
});

groupNeeds("a cluster")("a move away from a server that is frozen", () => {
  interface Frozen {
    readonly nc: Connection;
    readonly events: EventLog;
    /** Numbers published, and those that came, by the other server. */
    readonly count: number;
    readonly came: number[];
    readonly signal: (name: NodeJS.Signals) => void;
    readonly kill: () => Promise<void>;
  }

  async function frozen(body: (frozen: Frozen) => Promise<void>): Promise<void> {
    await withCluster(2, {}, async ({ servers: [first, second] }) => {
      await using other = await connect(second!.url);
      const came: number[] = [];
      other.subscribe("out", { callback: (m) => void came.push(Number.parseInt(m.string(), 10)) });
      await other.flush();
      await using nc = await connect({
        servers: [first!.url, second!.url],
        randomize: false,
        discoverServers: false,
        timeout: 300,
        disposeTimeout: 50,
      });
      await hears(other, nc);
      await nc.flush();
      const events = new EventLog(nc);
      const signal = (name: NodeJS.Signals): void => void process.kill(first!.pid, name);
      let isKilled = false;
      const kill = async (): Promise<void> => {
        isKilled = true;
        await first!.kill();
      };
      signal("SIGSTOP");
      try {
        let count = 0;
        while (nc.pendingBytes < 4_000_000) {
          nc.publish("out", `${count++} `.padEnd(BULK.length));
          if (count % 100 === 0) await nextTurn();
        }
        await nc.reconnect();
        expect(nc.server).toBe(second!.url);
        for (const end = count + 100; count < end;) nc.publish("out", `${count++} `);
        await nc.flush();
        await body({ nc, events, count, came, signal, kill });
      } finally {
        if (!isKilled) signal("SIGCONT");
      }
    });
  }

  test("tells how many of the messages that it had been handed were never confirmed", async () => {
    await frozen(async ({ events, count, came, kill }) => {
      await kill();
      const left: Left = await events.wait("leftBehind");
      expect(left.error?.code).toBe("DISCONNECTED");
      expect(new Set(came).size).toBe(came.length);
      await eventually(() => expect(came.length + left.unconfirmed).toBeGreaterThanOrEqual(count));
      // All that the link had not taken went to the other server.
      expect(left.unconfirmed).toBeLessThan(count);
    });
  });

  test("loses nothing if it comes back: what it had been handed arrives, each message once", async () => {
    await frozen(async ({ nc, events, count, came, signal }) => {
      signal("SIGCONT");
      await eventually(() => expect(came).toHaveLength(count));
      expect([...came].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      await nc.flush();
      expect(events.types).toEqual(["moved"]);
    });
  });

  test("is told in the report of a drain", async () => {
    await frozen(async ({ nc, events, count, came }) => {
      const report = await nc.drain({ timeout: 50 });
      const { unconfirmed } = await events.wait("leftBehind");
      expect(report).toMatchObject({ lost: 0, unconfirmed, complete: false, timedOut: true });
      await eventually(() => expect(came.length + unconfirmed).toBeGreaterThanOrEqual(count));
    });
  });
});

describe("a move away from a server that falls silent", () => {
  test("counts what it still sends for subscriptions that are at the next one already", async () => {
    let isSilent = false;
    await moving(
      (peer, line) => {
        if (!isSilent) prompt(peer, line);
      },
      async (nc, old, next) => {
        const events = new EventLog(nc);
        const got: string[] = [];
        nc.subscribe("plain", { callback: (m) => void got.push(m.string()) });
        await nc.flush();
        isSilent = true;
        nc.publish("out");
        const flushed = nc.flush();
        await nc.reconnect();
        const peer = old.peers[0]!;
        next.peers[0]!.send("MSG plain 1 4\r\nnext\r\n");
        peer.send("MSG plain 1 3\r\nold\r\nMSG plain 1 3\r\nold\r\n");
        // It has been asked by the flush, by the move, and when everything ended there.
        await eventually(() => expect(peer.received.match(/PING/g)).toHaveLength(5));
        peer.send("PONG\r\nPONG\r\nPONG\r\n");
        await flushed;
        const left = await events.wait("leftBehind");
        expect(left).toEqual({
          type: "leftBehind",
          server: old.url,
          error: undefined,
          unconfirmed: 0,
          dropped: 2,
        });
        expect(got).toEqual(["next"]);
      },
      200,
    );
  });

  test("is made from a lame duck that does not read, too, and each message went to the next or is told", async () => {
    await moving(
      prompt,
      async (nc, old, next) => {
        const events = new EventLog(nc);
        await nc.flush();
        const peer = old.peers[0]!;
        peer.pause();
        let count = 0;
        while (nc.pendingBytes < 4_000_000) {
          nc.publish("out", `${count++} `.padEnd(BULK.length));
          if (count % 100 === 0) await nextTurn();
        }
        // Clients leave a lame duck after a pause that is left to chance.
        const chance = vi.spyOn(Math, "random").mockReturnValue(0);
        peer.send(`INFO {"server_id":"x","max_payload":1048576,"ldm":true}\r\n`);
        await events.wait("lameDuck");
        chance.mockRestore();
        await events.wait("moved");
        await nc.flush();
        peer.destroy();
        const { error, unconfirmed } = await events.wait("leftBehind");
        expect(error?.code).toBe("DISCONNECTED");
        const sent = [...next.peers[0]!.received.matchAll(/PUB out 4000\r\n(\d+) /g)];
        expect(sent.map(([, number]) => Number(number))).toEqual(
          Array.from({ length: count - unconfirmed }, (_, i) => unconfirmed + i),
        );
        expect(unconfirmed).toBeGreaterThan(0);
        expect(sent.length).toBeGreaterThan(0);
      },
      200,
    );
  });

  test("does not take the next server's word for what the old one was to process", async () => {
    let isSilent = false;
    await moving(
      (peer, line) => {
        if (!isSilent) prompt(peer, line);
      },
      async (nc, old) => {
        await nc.flush();
        isSilent = true;
        nc.publish("out");
        const flushed = failure(nc.flush());
        await nc.reconnect();
        await nc.flush();
        old.peers[0]!.destroy();
        expect((await flushed).code).toBe("DISCONNECTED");
      },
      200,
    );
  });
});
