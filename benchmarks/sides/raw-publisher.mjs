import { RawConnection } from "./raw/connection.mjs";
import { EncodedMessages } from "./raw/encoded-messages.mjs";
import { CREDIT_SUBJECT, DONE_SUBJECT } from "./subjects.mjs";

/**
 * Publishes for a receiver of any side: `<json-params>` with the port, the size, the number of
 * subjects and of messages. Prints `{"ready":true}` when it listens for credit, and `{"sent":n}` at
 * the end.
 */
const { port, size, subjects, messages } = JSON.parse(process.argv[2]);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const connection = await RawConnection.open(port);
const encoded = new EncodedMessages(size, subjects);
let credit = 0;
let wake = () => {};
connection.onPayload = (payload) => {
  credit += Number(payload);
  wake();
};
connection.send(`SUB ${CREDIT_SUBJECT} 1\r\n`);
await connection.flush();
print({ ready: true });

let sent = 0;
while (sent < messages) {
  if (credit === 0) await new Promise((resolve) => (wake = resolve));
  const { bytes, count } = encoded.take(Math.min(credit, messages - sent));
  credit -= count;
  sent += count;
  const drained = connection.write(bytes);
  if (drained) await drained;
}
connection.send(`PUB ${DONE_SUBJECT} 0\r\n\r\n`);
await connection.flush();
print({ sent });
connection.close();
