import { expect, test } from "vitest";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

// A page has 256.
const COUNT = 300;

const numbered = (prefix: string): string[] =>
  Array.from({ length: COUNT }, (_, i) => `${prefix}_${String(i).padStart(3, "0")}`);

test("[JS-STR-06] a loop that removes the streams that it lists gets all of them", async () => {
  const { js } = access;
  const names = numbered(unique("LISTED"));
  await Promise.all(names.map((name) => js.streams.create({ name, subjects: [name], storage: "memory" })));
  const found: string[] = [];
  for await (const { config } of js.streams.list()) {
    found.push(config.name);
    await js.streams.delete(config.name);
  }
  expect(found).toEqual(names);
});

test("a loop that removes the consumers that it lists gets all of them", async () => {
  const { js } = access;
  const stream = unique("LISTED");
  await js.streams.create({ name: stream, subjects: [stream], storage: "memory" });
  const names = numbered("c");
  await Promise.all(names.map((durable) => js.consumers.create(stream, { durable })));
  const found: string[] = [];
  for await (const { name } of js.consumers.list(stream)) {
    found.push(name);
    await js.consumers.delete(stream, name);
  }
  expect(found).toEqual(names);
});
