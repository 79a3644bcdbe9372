import { expect, test } from "vitest";
import { ConnectionError } from "../../src/core/errors.ts";
import { WaitingList } from "../../src/core/waiting-list.ts";

test("all who wait are told at once, and only once", async () => {
  const list = new WaitingList({ what: "a bus" });
  const waits = [list.wait({}), list.wait({})];
  expect(list.length).toBe(2);
  list.resolve();
  expect(list.length).toBe(0);
  list.reject(new ConnectionError("CONNECTION_CLOSED", "too late"));
  await expect(Promise.all(waits)).resolves.toEqual([undefined, undefined]);
});

test("all who wait are told why it will not come", async () => {
  const list = new WaitingList({ what: "a bus" });
  const waits = [list.wait({}), list.wait({})];
  list.reject(new ConnectionError("CONNECTION_CLOSED", "the line is closed"));
  for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
});

test("who gives up by signal or timeout is told so, and the others wait on", async () => {
  const list = new WaitingList({ what: "a bus", subject: "stop.7" });
  const patient = list.wait({});
  await expect(list.wait({ signal: AbortSignal.abort("enough") })).rejects.toMatchObject({
    code: "ABORTED",
    message: "aborted while waiting for a bus",
    subject: "stop.7",
  });
  await expect(list.wait({ timeout: 1 })).rejects.toMatchObject({ code: "TIMEOUT", subject: "stop.7" });
  list.resolve();
  await patient;
});

test("those who gave up are forgotten: a poll does not make the list grow", async () => {
  const list = new WaitingList({ what: "a bus" });
  const given = { signal: AbortSignal.abort() };
  const patient = list.wait({});
  const seen: number[] = [];
  for (let i = 0; i < 1000; i++) {
    await list.wait(given).catch(() => undefined);
    seen.push(list.length);
  }
  expect(Math.max(...seen)).toBeLessThan(64);
  list.resolve();
  await patient;
});
