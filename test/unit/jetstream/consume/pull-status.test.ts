import { describe, expect, it } from "vitest";
import type { PullStatus } from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import { STATUS_ROWS, statusRow } from "../../../../src/jetstream/consume/engine/pull-status.ts";
import { FETCH, World } from "./world.ts";

function status(code: number, text: string, pendingMessages?: number, pendingBytes?: number): PullStatus {
  return { code, text, pendingMessages, pendingBytes };
}

/** A consume of ten with one pull open, of which three messages have come. */
function pulling(settings: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World({ capacity: 10, ...settings });
  world.takes = false;
  world.start();
  world.server.publish(3);
  world.pass(10);
  return world;
}

const FIRST = { generation: 1, pull: 1 };

describe("the table of statuses", () => {
  it.each([
    ["01", 100, "Idle Heartbeat", "kept", "none"],
    ["03", 100, "FlowControl Request", "kept", "none"],
    ["04", 400, "Bad Request - invalid character 'x'", "refused", "refuse"],
    ["05", 400, "Bad Request - heartbeat value too large", "refused", "refuse"],
    ["06", 400, "Bad Request - Not a Overflow Priority consumer", "refused", "refuse"],
    ["07", 400, "Bad Request - Not a Pinned Client Priority consumer", "refused", "refuse"],
    ["08", 400, "Bad Request - Priority must be between 0 and 9", "refused", "refuse"],
    ["09", 400, "Bad Request - Priority Group missing", "refused", "refuse"],
    ["10", 400, "Bad Request - Invalid Priority Group", "refused", "refuse"],
    ["11", 404, "No Messages", "void", "dry"],
    ["13", 408, "Requests Pending", "refused", "dry"],
    ["14", 408, "Request Timeout", "told", "timed-out"],
    ["16", 408, "Interest Expired", "told", "again"],
    ["17", 409, "Batch Completed", "told", "completed"],
    ["18", 409, "Message Size Exceeds MaxBytes", "told", "too-large"],
    ["19", 409, "Leadership Change", "older", "leader-changed"],
    ["20", 409, "Consumer Deleted", "all", "missing"],
    ["21", 409, "Consumer is push based", "all", "wrong-kind"],
    ["22", 409, "Exceeded MaxRequestBatch of 100", "refused", "limited-batch"],
    ["23", 409, "Exceeded MaxRequestExpires of 1m0s", "refused", "limited-expires"],
    ["24", 409, "Exceeded MaxRequestMaxBytes of 100", "refused", "limited-bytes"],
    ["25", 409, "Exceeded MaxWaiting", "refused", "busy"],
    ["26", 409, "Server Shutdown", "told", "shutdown"],
    ["27", 412, "Required Api Level", "all", "too-old"],
    ["28", 423, "Nats-Pin-Id mismatch", "refused", "unpinned"],
    ["29", 423, "Nats-Wrong-Pin-Id", "told", "unpinned"],
    ["30", 503, "", "refused", "no-responders"],
  ])("[JS-STATUS-%s] knows %i %s", (_id, code, text, rest, reaction) => {
    expect(statusRow({ code, text })).toMatchObject({ rest, reaction });
    expect(statusRow({ code, text: text.toUpperCase() })).toMatchObject({ rest, reaction });
  });

  it("[JS-PULL-14] has no row that another one hides", () => {
    for (const row of STATUS_ROWS) expect(statusRow(row)).toBe(row);
  });

  it("[JS-PULL-14] takes an unknown status for the end of its pull, and tells it", () => {
    expect(statusRow({ code: 499, text: "No Such Thing" })).toMatchObject({
      rest: "told",
      reaction: "unknown",
    });
    const world = pulling();
    world.spoof(FIRST, status(499, "No Such Thing"));
    expect(world.engine.ledger).toMatchObject({ owed: 0, open: 0 });
    expect(world.events).toEqual([{ type: "status", code: 499, text: "No Such Thing" }]);
    expect(world.engine.state).toBe("running");
    world.pass(100);
    expect(world.pulls).toHaveLength(2);
  });
});

describe("a status that ends it", () => {
  it.each([
    ["04", 400, "Bad Request - unexpected end of JSON input", "PULL_REFUSED"],
    ["09", 400, "Bad Request - Priority Group missing", "PULL_REFUSED"],
    ["21", 409, "Consumer is push based", "WRONG_CONSUMER_KIND"],
    ["27", 412, "Required Api Level", "SERVER_TOO_OLD"],
  ])("[JS-STATUS-%s] %i %s: %s", (_id, code, text, failure) => {
    const world = pulling();
    world.spoof(FIRST, status(code, text));
    expect(world.end).toMatchObject({ reason: "failed", failure: { code: failure, status: code } });
  });

  it("[JS-STATUS-20] a deleted consumer: CONSUMER_NOT_FOUND, once it was looked for", () => {
    const world = pulling();
    world.server.delete();
    world.pass(10);
    expect(world.end).toMatchObject({ reason: "failed", failure: { code: "CONSUMER_NOT_FOUND" } });
  });

  it("[JS-STATUS-20] a deleted stream: STREAM_NOT_FOUND", () => {
    const world = pulling();
    world.streamExists = false;
    world.server.delete();
    world.pass(10);
    expect(world.end).toMatchObject({ reason: "failed", failure: { code: "STREAM_NOT_FOUND" } });
  });

  it("[JS-STATUS-30] nobody listens, and nothing ever worked: CONSUMER_NOT_FOUND at once", () => {
    const world = new World();
    world.server.exists = false;
    world.start().pass(10);
    expect(world.end).toMatchObject({ failure: { code: "CONSUMER_NOT_FOUND" } });
  });

  it("[JS-STATUS-18] a message above all the bytes that there may be: MESSAGE_TOO_LARGE", () => {
    const world = new World({ capacityBytes: 100 }).start();
    world.server.publish(1, 101);
    world.pass(10);
    expect(world.end).toMatchObject({ failure: { code: "MESSAGE_TOO_LARGE", status: 409 } });
  });
});

describe("a status that doesn't", () => {
  it("[JS-STATUS-18] asks for more bytes when what is left is too little for the next message", () => {
    const world = new World({ capacityBytes: 1000, threshold: 0.1 });
    world.takes = false;
    world.start();
    world.server.publish(2, 450);
    world.server.publish(1, 400);
    world.pass(10);
    world.take(1);
    world.pass(10);
    // 100 bytes were left of the first pull, and would have been of a second one.
    expect(world.pulls.map(({ request }) => request.maxBytes)).toEqual([1000, 550]);
    world.take(2);
    world.pass(10);
    expect(world.received).toHaveLength(3);
    expect(world.end).toBeUndefined();
  });

  it("[JS-STATUS-19] a new leader: asks at once, for all that the old one owed", () => {
    const world = pulling();
    const at = world.time.now;
    world.server.changeLeader();
    world.pass(1);
    expect(world.pulls.at(-1)).toMatchObject({ at: at + 1, pull: 2, request: { batch: 7 } });
    world.server.changeLeader();
    world.pass(3);
    expect(world.pulls).toHaveLength(2);
  });

  it("[JS-STATUS-25] too many pulls: tells it, and waits", () => {
    const world = new World({ heartbeat: 0 }, { maxWaiting: 0 }).start().pass(10);
    expect(world.events).toEqual([{ type: "status", code: 409, text: "Exceeded MaxWaiting" }]);
    expect(world.pulls).toHaveLength(1);
    world.pass(2000);
    expect(world.pulls.length).toBeLessThan(8);
  });

  it("[JS-STATUS-26] the server shuts down: asks again, but not at once", () => {
    const world = pulling();
    world.server.shutDown();
    world.pass(100);
    expect(world.engine.ledger).toMatchObject({ owed: 0 });
    expect(world.pulls).toHaveLength(1);
    world.pass(100);
    expect(world.pulls.at(-1)).toMatchObject({ request: { batch: 7 } });
  });

  it("[JS-STATUS-22] [JS-STATUS-23] [JS-STATUS-24] limits: keeps to them, and tells it", () => {
    const world = new World(
      { capacityBytes: 5000 },
      { limits: { maxBatch: 3, maxExpires: 1500, maxBytes: 900 } },
    );
    world.start().pass(10);
    expect(world.end).toBeUndefined();
    expect(world.pulls.at(-1)?.request).toMatchObject({
      batch: 3,
      maxBytes: 900,
      expires: 1500,
      heartbeat: 750,
    });
    expect(world.events).toEqual([
      { type: "limited", option: "capacity", to: 3 },
      { type: "limited", option: "expires", to: 1500 },
      { type: "limited", option: "capacityBytes", to: 900 },
    ]);
  });

  it("[JS-STATUS-22] a limit that was kept to and is named again ends it", () => {
    const world = pulling();
    world.spoof(FIRST, status(409, "Exceeded MaxRequestBatch of 10"));
    expect(world.end).toMatchObject({ failure: { code: "PULL_REFUSED" } });
  });

  it("[JS-STATUS-28] [JS-STATUS-29] a lost pin: forgets it, and asks at once without", () => {
    const world = new World({ capacity: 4, priority: { group: "A" } }, { isPinned: true }).start();
    world.server.publish(2);
    world.pass(10);
    expect(world.events).toEqual([{ type: "pinned", group: "A" }]);
    expect(world.pulls.at(-1)?.request.pin).toBe("pin-1");
    world.server.changePin();
    world.pass(10);
    expect(world.events.at(-1)).toEqual({ type: "unpinned", group: "A" });
    expect(world.pulls.at(-1)?.request).toMatchObject({ pin: undefined, priority: { group: "A" } });
  });

  it("[JS-STATUS-30] nobody listens for a while, as at an election: waits, looks, goes on", () => {
    const world = pulling();
    world.server.isLeaderless = true;
    world.server.shutDown();
    world.pass(31_000);
    expect(world.end).toBeUndefined();
    expect(world.pulls.length).toBeLessThan(15);
    world.server.isLeaderless = false;
    world.pass(11_000);
    expect(world.openPulls).toBe(1);
  });
});

describe("a status of a fetch", () => {
  it("[JS-STATUS-11] [JS-STATUS-12] [JS-STATUS-15] nothing more there: dry, replicated or not", () => {
    for (const quorum of [0, 7]) {
      for (const stored of [0, 3]) {
        const world = new World({ noWait: true, expires: 0, heartbeat: 0 }, { quorum }, FETCH);
        world.server.publish(stored);
        world.start().pass(50);
        expect(world.received).toHaveLength(stored);
        expect(world.end).toMatchObject({ reason: "dry", clean: true });
      }
    }
  });

  it("[JS-STATUS-13] others wait for what is there: dry", () => {
    const world = new World({ noWait: true, expires: 0, heartbeat: 0 }, {}, FETCH).start();
    world.spoof(FIRST, status(408, "Requests Pending"));
    expect(world.end).toMatchObject({ reason: "dry", clean: true });
  });

  it("[JS-STATUS-14] the time is over: expired", () => {
    const world = new World({ expires: 5000 }, {}, FETCH).start();
    world.server.publish(2);
    world.pass(4999);
    expect(world.end).toBeUndefined();
    world.pass(10);
    expect(world.end).toMatchObject({ reason: "expired", clean: true });
  });

  it("[JS-STATUS-17] the batch is complete, and bytes are left: enough", () => {
    const world = new World({ capacity: 3, capacityBytes: 5000 }, {}, FETCH).start();
    world.server.publish(5);
    world.pass(10);
    expect(world.received).toEqual([1, 2, 3]);
    expect(world.end).toMatchObject({ reason: "enough", clean: true });
  });

  it("[JS-STATUS-18] [JS-STATUS-32] the bytes are spent, exactly or not: enough", () => {
    for (const capacityBytes of [300, 350]) {
      const world = new World({ capacity: 50, capacityBytes }, {}, FETCH).start();
      world.server.publish(5);
      world.pass(10);
      expect(world.received).toEqual([1, 2, 3]);
      expect(world.end).toMatchObject({ reason: "enough" });
    }
  });

  it("[JS-STATUS-19] a new leader: asks for the rest in the time that is left", () => {
    const world = new World({ capacity: 5 }, {}, FETCH).start();
    world.server.publish(2);
    world.pass(1000);
    world.server.changeLeader();
    world.pass(10);
    expect(world.pulls.at(-1)?.request).toMatchObject({ batch: 3, expires: 3999 });
    world.server.publish(3);
    world.pass(10);
    expect(world.received).toHaveLength(5);
    expect(world.end).toMatchObject({ reason: "enough" });
  });

  it("[JS-STATUS-33] [JS-STATUS-34] [JS-STATUS-35] silence: HEARTBEATS_MISSED, after what has come", () => {
    const world = new World({ expires: 30_000, heartbeat: 2000 }, {}, FETCH).start();
    world.server.publish(2);
    world.pass(100);
    world.server.loseLeader();
    world.pass(4000);
    expect(world.received).toEqual([1, 2]);
    expect(world.end).toMatchObject({
      reason: "failed",
      clean: false,
      failure: { code: "HEARTBEATS_MISSED", retryable: true },
    });
  });

  it("[JS-STATUS-36] every pull has an end of its own", () => {
    for (const settings of [{}, { noWait: true, expires: 0, heartbeat: 0 }, { noWait: true }]) {
      const world = new World(settings, {}, FETCH).start();
      const { expires, noWait } = world.pulls[0]!.request;
      expect(expires !== undefined || noWait).toBe(true);
    }
  });
});
