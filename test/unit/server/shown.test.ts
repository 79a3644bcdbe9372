import { inspect } from "node:util";
import { expect, test } from "vitest";
import { connect } from "../../../src/index.ts";
import { startServer } from "../../../src/server/index.ts";
import { failure } from "../../support/failure.ts";

test("console.log of a server shows where it is and who is there", async () => {
  await using server = await startServer({ name: "shown", port: false });
  await using nc = await connect(server.inMemory);
  nc.subscribe("a");
  await nc.flush();
  expect(inspect(server)).toMatch(
    /^NatsServer \{\n {2}name: 'shown',\n {2}isRunning: true,\n {2}connections: 1,\n {2}subscriptionCount: 1\n\}$/,
  );
  expect(inspect({ deep: { deeper: { server } } })).toContain("[NatsServer]");
  await server.stop();
  expect(inspect(server)).toContain("isRunning: false");
});

test("a server with JetStream is to be had elsewhere", async () => {
  const error = await failure(startServer({ jetstream: true } as object));
  expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "jetstream" });
  expect(error.message).toContain("for JetStream run nats-server with -js");
});
