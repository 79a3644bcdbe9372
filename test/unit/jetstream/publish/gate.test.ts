import { expect, test } from "vitest";
import { Gate, type GateConnection } from "../../../../src/jetstream/publish/gate.ts";

type Listener = () => void;

/** What a gate sees of a connection, to be set by hand. */
function connection() {
  const listeners = new Map<string, Set<Listener>>();
  const state = {
    server: "nats://a" as string | undefined,
    state: "connected",
    pendingBytes: 1,
    ready: () => Promise.resolve(),
    foundation: {
      overhear: (type: string, listener: Listener) => {
        const heard = listeners.get(type) ?? new Set();
        listeners.set(type, heard.add(listener));
        return () => heard.delete(listener);
      },
    },
  };
  return {
    state,
    seen: state as unknown as GateConnection,
    tell: (type: string) => {
      for (const listener of Array.from(listeners.get(type) ?? [])) listener();
    },
    get heard() {
      return [...listeners.values()].reduce((sum, { size }) => sum + size, 0);
    },
  };
}

function gateAt(seen: GateConnection) {
  const told: string[] = [];
  const gate = new Gate(seen, {
    onOpen: () => void told.push("open"),
    onConnectionClosed: () => void told.push("closed"),
  });
  return { gate, told };
}

test("[JS-PUB-03] a gate without a link opens with the next one, and listens no longer", () => {
  const nc = connection();
  const { gate, told } = gateAt(nc.seen);
  expect(gate.isOpen).toBe(true);
  nc.state.server = undefined;
  expect(gate.isOpen).toBe(false);
  expect(nc.heard).toBe(2);
  // An event of before: that link is gone again.
  nc.tell("reconnected");
  expect(told).toEqual([]);
  nc.state.server = "nats://b";
  nc.tell("reconnected");
  expect(told).toEqual(["open"]);
  expect(gate.isOpen).toBe(true);
  expect(nc.heard).toBe(0);
});

test("[JS-PUB-03] the loss of a link that was left before keeps it open", () => {
  const nc = connection();
  const { gate } = gateAt(nc.seen);
  gate.awaitLink();
  expect(gate.isOpen).toBe(true);
  expect(nc.heard).toBe(0);
});

test("[JS-PUB-02] [JS-PUB-03] a rest begins once, and ends by itself", async () => {
  const nc = connection();
  const { gate, told } = gateAt(nc.seen);
  expect(gate.rest(1)).toBe(true);
  expect(gate.rest(1)).toBe(false);
  expect(gate).toMatchObject({ isResting: true, isOpen: false });
  await expect.poll(() => told).toEqual(["open"]);
  expect(gate).toMatchObject({ isResting: false, isOpen: true });
});

test("[JS-PUB-03] the loss of the link ends a rest", async () => {
  const nc = connection();
  const { gate, told } = gateAt(nc.seen);
  gate.rest(1);
  nc.state.server = undefined;
  gate.awaitLink();
  expect(gate.isResting).toBe(false);
  nc.tell("closed");
  expect(told).toEqual(["closed"]);
  expect(nc.heard).toBe(0);
});

test("[JS-PUB-03] a full buffer is waited for, unless it is empty: then there will never be more room", async () => {
  const nc = connection();
  const { gate, told } = gateAt(nc.seen);
  expect(gate.awaitOutbox()).toBe(true);
  expect(gate.isOpen).toBe(false);
  await expect.poll(() => told).toEqual(["open"]);
  nc.state.pendingBytes = 0;
  expect(gate.awaitOutbox()).toBe(false);
  expect(gate.isOpen).toBe(true);
});

test("[JS-PUB-03] a closed gate stays closed", () => {
  const nc = connection();
  const { gate, told } = gateAt(nc.seen);
  gate.close();
  gate.awaitLink();
  expect(gate.rest(1)).toBe(false);
  expect(gate.isOpen).toBe(false);
  expect(nc.heard).toBe(0);
  expect(told).toEqual([]);
});
