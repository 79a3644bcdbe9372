// One raw publisher, one raw subscriber: says how many messages came through in which time. No client, no parsing.
import { once } from "node:events";
import { connect } from "node:net";

/** @type {{ port: number, seconds: number, warmupSeconds: number, size: number, subscriptions: number, connections: number, subjects: number }} */
const { port, seconds, warmupSeconds, size, subscriptions, connections, subjects } = JSON.parse(
  process.argv[2] ?? "",
);
const CONNECT = 'CONNECT {"verbose":false,"pedantic":false}\r\n';

/** Connects, says this and waits until it is dealt with. @param {string} text */
async function join(text) {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${CONNECT}${text}PING\r\n`);
  for (let heard = ""; !heard.endsWith("PONG\r\n");) heard += String((await once(socket, "data"))[0]);
  return socket;
}

/** @param {number} count @param {(i: number) => string} text */
function lines(count, text) {
  return Array.from({ length: count }, (_, i) => text(i)).join("");
}

const idle = [];
for (let i = 0; i < connections; i++) idle.push(await join(`SUB idle.${i} 1\r\n`));
idle.push(await join(lines(subscriptions, (i) => `SUB bench.other.${i % 100}.${i} ${i + 1}\r\n`)));

// One after the other to each of the subjects, which all have names, and numbers of their subscriptions, of one length.
const names = Array.from({ length: subjects }, (_, i) => String(i).padStart(5, "0"));
const messageOf = (/** @type {string} */ name) => `PUB bench.a.${name} ${size}\r\n${"x".repeat(size)}\r\n`;
const perChunk = Math.floor(65_536 / messageOf("00000").length);
const chunks = Array.from({ length: Math.ceil(subjects / perChunk) }, (_, chunk) =>
  Buffer.from(lines(perChunk, (i) => messageOf(names[(chunk * perChunk + i) % subjects] ?? ""))),
);
const messageBytes = `MSG bench.a.00000 00000 ${size}\r\n`.length + size + 2;

const subscriber = await join(lines(subjects, (i) => `SUB bench.a.${names[i]} ${names[i]}\r\n`));
const publisher = await join("");
publisher.resume();
let received = 0;
let expected = Infinity;
let arrived = () => {};
subscriber.on("data", (/** @type {Buffer} */ bytes) => {
  received += bytes.length;
  if (received >= expected) arrived();
});

/** Publishes for that long, and waits for the last of it. @param {number} limit */
async function publishFor(limit) {
  const began = performance.now();
  const before = received;
  let messages = 0;
  for (let i = 0; performance.now() - began < limit * 1000; i++) {
    if (!publisher.write(chunks[i % chunks.length] ?? "")) await once(publisher, "drain");
    messages += perChunk;
  }
  await new Promise((resolve) => {
    arrived = () => resolve(undefined);
    expected = before + messages * messageBytes;
    if (received >= expected) arrived();
  });
  expected = Infinity;
  return { messages, seconds: (performance.now() - began) / 1000 };
}

await publishFor(warmupSeconds);
console.log(JSON.stringify(await publishFor(seconds)));
process.exit();
