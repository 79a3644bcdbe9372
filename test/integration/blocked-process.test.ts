import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/core/connection/connection.ts";
import { openConnection } from "../../src/core/connection/open-connection.ts";
import { connect } from "../../src/index.ts";
import { dialNodeWebSocket } from "../../src/transport/node-web-socket.ts";
import { dialTcp } from "../../src/transport/tcp.ts";
import { block, blockBeforeTimers } from "../support/blocked-loop.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";

const access = useServer();

/** Answered by the server itself, which is another process. */
const ASK_SERVER = "$SYS.REQ.USER.INFO";

/** A connection that can be told that its machine has woken up. */
async function connectWithWake(timeout: number): Promise<{ nc: Connection; wake: () => void }> {
  let wake = (): void => undefined;
  const nc = await openConnection(
    { servers: access.url, timeout, pingInterval: 0 },
    {
      dialers: { nats: dialTcp, ws: dialNodeWebSocket },
      defaultScheme: "nats",
      watchWake: (onWake) => {
        wake = onWake;
        return () => undefined;
      },
    },
  );
  return { nc, wake };
}

describe("a process that is blocked for longer than a time limit, with a healthy server", () => {
  test.each([0, 1, 2, 3, 4, 6])("connects all the same, when %i turns into the attempt", async (turns) => {
    const connecting = connect({ servers: access.url, timeout: 200 });
    for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    await blockBeforeTimers(300);
    await using nc = await connecting;
    expect(nc.state).toBe("connected");
  });

  test.each([false, true])(
    "gets the response that lies in the socket, with ownInbox: %s",
    async (ownInbox) => {
      await using nc = await connect(access.url);
      await nc.flush();
      const answered = nc.request(ASK_SERVER, "", { timeout: 100, ownInbox });
      const refused = failure(nc.request("nobody", "", { timeout: 100, ownInbox }));
      await blockBeforeTimers(150);
      expect((await answered).json()).toHaveProperty("data");
      expect((await refused).code).toBe("NO_RESPONDERS");
    },
  );

  test("gets the response to what could not even be sent before", async () => {
    await using nc = await connect(access.url);
    const answered = nc.request(ASK_SERVER, "", { timeout: 100 });
    block(250);
    expect((await answered).json()).toHaveProperty("data");
  });

  test.each([{ maxWait: 100 }, { maxWait: NEVER, stall: 100 }])(
    "gets the responses to a request for many that lie in the socket: %j",
    async (limits) => {
      await using other = await connect(access.url);
      const asked = other.subscribe("many");
      await other.flush();
      await using nc = await connect(access.url);
      const responses = nc.requestMany("many", "", { maxMessages: 2, ...limits });
      const first = responses.next();
      const request = await asked.next();
      request.respond("1");
      expect((await first).value?.string()).toBe("1");
      const second = responses.next();
      request.respond("2");
      await blockBeforeTimers(150);
      expect((await second).value?.string()).toBe("2");
    },
  );

  test("gets the PONG and the message that lie in the socket", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("words");
    await nc.flush();
    nc.publish("words", "hello");
    const flushed = nc.flush({ timeout: 100 });
    const message = sub.next({ timeout: 100 });
    await blockBeforeTimers(150);
    await flushed;
    expect((await message).string()).toBe("hello");
  });

  test("does not take the server for dead that it asks for a sign of life after a sleep", async () => {
    const { nc, wake } = await connectWithWake(200);
    await using _ = nc;
    const log = new EventLog(nc);
    wake();
    await blockBeforeTimers(300);
    wake();
    block(300);
    await nc.flush();
    expect(log.types).toEqual([]);
  });
});
