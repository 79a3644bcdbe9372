/** A tour of core NATS. `npm run demo` runs it against a server of its own; or pass the URL of one. */
import { connect, headers, isNatsError, type Message } from "natspeed";

const url = process.argv[2] ?? "nats://127.0.0.1:4222";

function title(text: string): void {
  console.log(`\n${text}`);
}

function show(text: string): void {
  console.log(`  ${text}`);
}

title("Connecting");
const nc = await connect({ servers: url, name: "tour" });
show(`connected to ${nc.server}, version ${nc.info?.version}`);
show(`a round trip takes ${(await nc.rtt()).toFixed(2)} ms`);
nc.on("closed", ({ lost }) => show(`event: closed, ${lost.messages} messages lost`));

title("Wildcards: one subscription, many subjects");
const weather = nc.subscribe("weather.*.temperature", { max: 2 });
nc.publish("weather.oslo.temperature", "-3");
nc.publish("weather.oslo.wind", "12");
nc.publish("weather.cairo.temperature", "34");
for await (const m of weather) show(`${m.subject} = ${m.string()}`);
show("(the wind was not asked for, and after two messages the loop ended)");

title("A queue group: three workers share the work");
const done = { anna: 0, ben: 0, cleo: 0 };
for (const worker of Object.keys(done) as (keyof typeof done)[]) {
  nc.subscribe("jobs", { queue: "workers", callback: () => void done[worker]++ });
}
for (let i = 0; i < 3000; i++) nc.publish("jobs", `job ${i}`);
await nc.flush();
for (const [worker, jobs] of Object.entries(done)) show(`${worker.padEnd(4)} did ${jobs} jobs`);
show(`together ${done.anna + done.ben + done.cleo} of 3000: each job once`);

title("Request and reply");
nc.subscribe("greet", { callback: (m) => m.respond(`hello, ${m.string()}`) });
show(`"joe" gets "${(await nc.request("greet", "joe", { timeout: 1000 })).string()}"`);

title("Headers");
nc.subscribe("traced", {
  callback: (m) =>
    m.respond(m.data, { headers: headers({ "X-Trace": m.headers?.get("X-Trace") ?? "none" }) }),
});
const traced = await nc.request("traced", "payload", { headers: headers({ "X-Trace": "42" }) });
show(`X-Trace came back as ${traced.headers?.get("x-trace")}`);

title("Nobody there: told at once, not after a timeout");
try {
  await nc.request("nobody.home", undefined, { timeout: 5000 });
} catch (error) {
  if (!isNatsError(error)) throw error;
  show(`${error.code}: ${error.message}`);
}

title("Many replies to one request");
for (const region of ["eu", "us", "ap"]) {
  nc.subscribe("status", { callback: (m) => m.respond(JSON.stringify({ region, ok: true })) });
}
for await (const m of nc.requestMany("status", undefined, { maxWait: 1000, maxMessages: 3 })) {
  show(JSON.stringify(m.json()));
}

title("A handler that fails harms nobody");
nc.on("handlerError", ({ error }) => show(`event: ${error.code}: ${error.message}`));
nc.subscribe("fragile", {
  callback: (m) => {
    if (m.string() === "bad") throw new Error("I can't handle this");
    show(`handled "${m.string()}"`);
  },
});
for (const text of ["good", "bad", "good again"]) nc.publish("fragile", text);
await nc.flush();

title("Drain: nothing that was received is lost");
const slow = async (m: Message): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  m.respond("done");
};
nc.subscribe("slow", { callback: slow });
const other = await connect({ servers: url, name: "asker" });
const answers = Array.from({ length: 20 }, (_, i) => other.request("slow", `${i}`, { timeout: 5000 }));
await other.flush();
show("20 requests are on their way to a handler that takes 20 ms for each; now draining");
const report = await nc.drain({ timeout: 5000 });
show(
  `report: ${report.handled} handled, ${report.abandoned} abandoned, ${report.lost} lost, timed out: ${report.timedOut}`,
);
show(`answers received: ${(await Promise.all(answers)).length}`);
await other.close();

title(`Done: ${nc.stats().outMessages} messages out, ${nc.stats().inMessages} in.`);
