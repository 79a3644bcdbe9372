/** A tour of JetStream: `npm run demo -- --nats-server` runs it against a server of its own; or pass the URL of one. */
import { connect, isNatsError } from "natspeed";
import { deadLetters, jetstream } from "natspeed/jetstream";

const url = process.argv[2] ?? "nats://127.0.0.1:4222";

function title(text: string): void {
  console.log(`\n${text}`);
}

function show(text: string): void {
  console.log(`  ${text}`);
}

const nc = await connect({ servers: url, name: "jetstream tour" });
const js = jetstream(nc, { timeout: 10_000 });

title("A stream stores what is published to its subjects");
const stream = await js.streams.create({
  name: "TOUR_ORDERS",
  subjects: ["tour.orders.>"],
  allowDirect: true,
  allowAtomic: true,
});
const first = await js.publish("tour.orders.1", '{"item":"coffee"}', { msgId: "order-1" });
show(`stored as number ${first.seq}`);
const again = await js.publish("tour.orders.1", '{"item":"coffee"}', { msgId: "order-1" });
show(`published again with the same id: duplicate is ${again.duplicate}, still number ${again.seq}`);

title("Nobody listens there: told at once, not after a timeout");
try {
  await js.publish("tour.nowhere", "lost?", { retries: 0 });
} catch (error) {
  if (!isNatsError(error)) throw error;
  show(`${error.code}: ${error.message}`);
}

title("A window: many under way, in order, with flat memory");
{
  await using publisher = js.publisher({ maxInFlight: 4000 });
  for (let i = 2; i <= 20_000; i++) {
    await publisher.ready();
    void publisher.publish(`tour.orders.${i}`, `{"item":"coffee ${i}"}`, { msgId: `order-${i}` });
  }
  const { acked, failures } = await publisher.drain();
  show(`${acked} acked, ${failures.length} failed; the stream has ${(await stream.info()).state.messages}`);
}

title("A batch: all or none");
const batch = js.batch();
batch.publish("tour.orders.a", "-5");
batch.publish("tour.orders.b", "+5");
show(`${(await batch.commit()).count} messages stored together`);

title("A consumer is the server's bookmark; a loop reads on");
const consumer = await js.consumers.create("TOUR_ORDERS", { durable: "shipping", maxDeliver: 3 });
let read = 0;
for await (const m of consumer.consume({ capacity: 500, stopAfter: 19_000 })) {
  m.ack();
  read++;
}
await nc.flush();
show(`read and acked ${read}; ${(await consumer.info()).numPending} are left`);

title("Handlers: acks, retries and dead letters are taken care of");
const dlq = await deadLetters(js, "TOUR_ORDERS");
const seen = { handled: 0, failed: 0 };
const work = consumer.work(
  (m) => {
    if (m.subject === "tour.orders.19500") throw new Error("no such coffee");
    seen.handled++;
  },
  { concurrency: 8, stopAfter: 1002, deadLetters: dlq, retry: { terminal: () => true } },
);
work.on("handlerError", ({ message, error }) => {
  seen.failed++;
  show(`event: ${error.message} (${message.subject})`);
});
await work.closed;
show(`${seen.handled} handled, ${seen.failed} failed`);
for await (const letter of dlq.list()) show(`dead letter: ${letter.message?.subject}: ${letter.cause}`);

title("An ordered reader sees every message once, in order");
const ordered = await js.consumers.ordered("TOUR_ORDERS");
let last = 0;
let isOrdered = true;
for await (const m of ordered.consume({ stopAfter: 20_002 })) {
  isOrdered &&= m.seq > last;
  last = m.seq;
}
show(`up to number ${last}, in order: ${isOrdered}`);

await js.streams.delete("TOUR_ORDERS");
await js.streams.delete(dlq.name);
await nc.close();
title(`Done: ${nc.stats().outMessages} messages out, ${nc.stats().inMessages} in.`);
