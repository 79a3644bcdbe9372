import assert from "node:assert/strict";

/** @import { Client } from "../clients/client.mjs" */

/** One client offers a service, the other finds and calls it. @param {Client} offering @param {Client} calling */
export async function discovery(offering, calling) {
  const name = "shared";
  const id = await offering.svcAdd({ name });
  const call = (/** @type {string} */ endpoint, /** @type {string} */ value) =>
    calling.svcCall({ subject: `${name}.${endpoint}`, value });
  assert.deepEqual(await call("echo", "hello"), { data: "hello", status: 0, description: "" });
  const refused = await call("refuse", "");
  assert.deepEqual([refused.status, refused.description], [418, "no coffee"]);
  assert.equal(refused.data, "a teapot");
  await call("refuse", "");

  const found = await calling.svcFind({ name });
  assert.equal(found.id, id);
  assert.equal(found.version, "1.2.3");
  assert.equal(found.metadata?.["client"], offering.name);
  assert.equal(found.started, true);
  assert.deepEqual(found.endpoints, [
    { name: "echo", subject: "shared.echo", queue: "q", requests: 1, errors: 0 },
    // nats.js counts what its handlers throw, not the errors with which they answer.
    {
      name: "refuse",
      subject: "shared.refuse",
      queue: "q",
      requests: 2,
      errors: offering.name === "nats.js" ? 0 : 2,
    },
  ]);
  await offering.svcStop({ name });
  await assert.rejects(call("echo", "nobody"));
  await assert.rejects(calling.svcFind({ name }));
}

/** Both offer one service, and share its requests. @param {Client} one @param {Client} other */
export async function sharing(one, other) {
  const name = "both";
  await one.svcAdd({ name });
  await other.svcAdd({ name });
  for (let i = 0; i < 100; i++) await one.svcCall({ subject: "both.echo", value: "x" });
  await one.svcStop({ name });
  const { endpoints } = await other.svcFind({ name });
  const requests = endpoints[0]?.requests ?? 0;
  assert.ok(requests > 10 && requests < 90, `of 100 requests the other had ${requests}`);
  await other.svcStop({ name });
}
