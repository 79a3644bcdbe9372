// One raw publisher, one raw subscriber: says how many messages a second came through. No client, no parsing.
import { once } from "node:events";
import { connect } from "node:net";

const [port = 0, messages = 0, size = 0, subscriptions = 0, connections = 0] = process.argv
  .slice(2)
  .map(Number);
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

const message = `PUB bench.a ${size}\r\n${"x".repeat(size)}\r\n`;
const perChunk = Math.floor(65_536 / message.length);
const chunk = Buffer.from(message.repeat(perChunk));
const total = Math.ceil(messages / perChunk) * perChunk;
const expected = total * (`MSG bench.a 1 ${size}\r\n`.length + size + 2);

const subscriber = await join("SUB bench.a 1\r\n");
const publisher = await join("");
publisher.resume();
let received = 0;
const done = new Promise((resolve) => {
  subscriber.on("data", (/** @type {Buffer} */ bytes) => {
    received += bytes.length;
    if (received >= expected) resolve(undefined);
  });
});
const began = performance.now();
for (let sent = 0; sent < total; sent += perChunk) {
  if (!publisher.write(chunk)) await once(publisher, "drain");
}
await done;
console.log(Math.round(total / ((performance.now() - began) / 1000)));
process.exit();
