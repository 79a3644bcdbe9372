import { expect } from "vitest";
import { connect } from "../../src/index.ts";
import { needs, useServer } from "../support/nats-server.ts";
import { UnrulyDial } from "../support/unruly-dial.ts";

const access = useServer();

needs("a dialler or listener for TCP")("thousands of subscriptions end in a few writes", async () => {
  let writes = 0;
  const { dial } = new UnrulyDial(1, (transport) => ({
    write: (chunk) => {
      writes++;
      return transport.write(chunk);
    },
    writeAll: (chunks) => {
      writes++;
      return transport.writeAll(chunks);
    },
  }));
  const nc = await connect({ servers: access.url, dial });
  for (let i = 0; i < 5000; i++) nc.subscribe(`many.${i}`, { callback: () => undefined });
  await nc.flush();
  writes = 0;
  expect(await nc.drain()).toMatchObject({ timedOut: false, complete: true });
  expect(writes).toBeLessThan(20);
});
