// Two copies of the package in one process: both connect, and each knows the other's errors.
import * as here from "natspeed";

/** @type {{ url: string, refusedUrl: string, copy: string }} */
const { url, refusedUrl, copy } = JSON.parse(process.argv[2] ?? "{}");
/** @type {typeof import("natspeed")} */
const there = await import(copy);
const name = "two copies in one process know each other's errors";
try {
  if (here.NatsError === there.NatsError) throw new Error("it is one copy");
  const [one, other] = await Promise.all([here.connect({ servers: url }), there.connect({ servers: url })]);
  const subscription = one.subscribe("copies", { max: 1 });
  await one.flush();
  other.publish("copies", "hello");
  for await (const m of subscription) if (m.string() !== "hello") throw new Error(`got ${m.string()}`);
  const error = await there.connect({ servers: refusedUrl }).catch((/** @type {unknown} */ thrown) => thrown);
  if (!here.isNatsError(error)) throw new Error(`not recognised: ${String(error)}`);
  await Promise.all([one.close(), other.close()]);
  console.log(JSON.stringify([{ name }]));
} catch (error) {
  console.log(JSON.stringify([{ name, error: String(error) }]));
}
