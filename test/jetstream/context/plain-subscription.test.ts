import { expect, test } from "vitest";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

test("[JS-02] a status of the server for a plain subscription is a message like any other", async () => {
  const name = unique("PLAIN");
  const subject = access.nc.newInbox();
  const sub = access.nc.subscribe(subject);
  await access.js.streams.create({ name, subjects: [name], storage: "memory" });
  const push = { deliverSubject: subject, idleHeartbeat: 100, flowControl: false };
  await access.js.consumers.create(name, { name: "c", push });
  const sign = await sub.next({ timeout: 5000 });
  expect(sign.headers?.status).toBe(100);
  expect(sign.headers?.description).toBe("Idle Heartbeat");
  expect(sign.size).toBe(0);
  sub.unsubscribe();
});
