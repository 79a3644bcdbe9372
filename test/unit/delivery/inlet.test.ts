import { describe, expect, test } from "vitest";
import { type InletListener, openInlet } from "../../../src/core/delivery/inlet.ts";
import { SubscriptionTable } from "../../../src/core/delivery/subscription-table.ts";
import { PermissionError } from "../../../src/core/errors.ts";
import type { MessageContext } from "../../../src/core/message.ts";
import { closedError } from "../../../src/core/failures.ts";
import { Decoder } from "../../../src/core/protocol/decoder.ts";
import { LineLimit } from "../../../src/core/protocol/line-limit.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";
import { linesOf } from "../support/interests.ts";

const context = {} as MessageContext;

function setUp() {
  const notes: string[] = [];
  const table = new SubscriptionTable(
    (command) => void notes.push(latin1(command).trim()),
    new LineLimit(4096),
  );
  let arrive!: () => void;
  const barrier = new Promise<"reached">((resolve) => (arrive = () => resolve("reached")));
  const hearing = new Set<(error: PermissionError) => void>();
  const host = {
    table,
    context,
    checkOpen: () => undefined,
    barrier: () => barrier,
    onDenial: (listener: (error: PermissionError) => void) => {
      hearing.add(listener);
      return () => void hearing.delete(listener);
    },
  };
  const deny = (error: PermissionError): void => hearing.forEach((listener) => listener(error));
  const listener: InletListener = {
    onMessage: (message) => void notes.push(`message ${message.string()}`),
    onStatus: (message) => void notes.push(`status ${message.headers?.status}`),
    onDenied: ({ code }) => void notes.push(code),
    onLinkLeft: () => void notes.push("link left"),
    onClosed: ({ code }) => void notes.push(code),
  };
  return { notes, table, hearing, deny, arrive, inlet: openInlet("in.*", listener, host) };
}

/** The server sends these bytes. */
function send(table: SubscriptionTable, bytes: string): void {
  const nothing = (): void => undefined;
  const others = { onInfo: nothing, onPing: nothing, onPong: nothing, onOk: nothing, onServerError: nothing };
  new Decoder({ ...others, onMessage: (frame) => table.route(frame) }).push(bytesOf(bytes));
}

const STATUS = "NATS/1.0 404 No Messages\r\n\r\n";
const HEADERS = "NATS/1.0\r\nStatus: 404\r\n\r\n";

describe("an inlet", () => {
  test("takes messages and statuses, which only a server writes", () => {
    const { table, notes, inlet } = setUp();
    send(
      table,
      `MSG in.1 ${inlet.sid} 2\r\nhi\r\n` +
        `HMSG in.1 ${inlet.sid} ${STATUS.length} ${STATUS.length}\r\n${STATUS}\r\n` +
        `HMSG in.1 ${inlet.sid} ${HEADERS.length} ${HEADERS.length}\r\n${HEADERS}\r\n`,
    );
    expect(notes).toEqual(["SUB in.* 1", "message hi", "status 404", "message "]);
  });

  test("ends with its link: the next server is not told of it", () => {
    const { table, notes, hearing, inlet } = setUp();
    expect(linesOf(table.restore())).toEqual([]);
    expect(notes.at(-1)).toBe("link left");
    expect([inlet.isOpen, hearing.size, table.size]).toEqual([false, 0, 0]);
  });

  test("takes what is on its way when it is closed, and nothing later", async () => {
    const { table, notes, hearing, inlet, arrive } = setUp();
    const closing = inlet.close();
    send(table, `MSG in.1 ${inlet.sid} 4\r\nlate\r\n`);
    arrive();
    expect(await closing).toBe("reached");
    send(table, `MSG in.1 ${inlet.sid} 5\r\nlater\r\n`);
    expect(notes).toEqual(["SUB in.* 1", "UNSUB 1", "message late"]);
    expect(hearing.size).toBe(0);
    expect(await inlet.close()).toBe("reached");
  });

  test("hears of its own refusal, and of every refusal to publish", () => {
    const { notes, deny, inlet } = setUp();
    deny(new PermissionError("SUBSCRIBE_DENIED", "no", { subject: "other" }));
    deny(new PermissionError("PUBLISH_DENIED", "no", { subject: "other" }));
    expect(inlet.isOpen).toBe(true);
    deny(new PermissionError("SUBSCRIBE_DENIED", "no", { subject: "in.*" }));
    expect(inlet.isOpen).toBe(false);
    expect(notes.slice(1)).toEqual(["PUBLISH_DENIED", "SUBSCRIBE_DENIED"]);
  });

  test("hears that the connection is closed", () => {
    const { notes, table, hearing } = setUp();
    table.close(closedError());
    expect(notes.at(-1)).toBe("CONNECTION_CLOSED");
    expect(hearing.size).toBe(0);
  });
});
