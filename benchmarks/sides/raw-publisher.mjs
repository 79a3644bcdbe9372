import { RawConnection } from "./raw/connection.mjs";
import { EncodedMessages } from "./raw/encoded-messages.mjs";
import { CREDIT_SUBJECT, DONE_SUBJECT, NO_MORE } from "./subjects.mjs";

/**
 * Publishes for a receiver of any side, as many messages as that grants: `<json-params>` with the port, the size and the
 * number of subjects. Prints `{"ready":true}` when it listens for credit, and `{"sent":n}` at the end.
 */
const { port, size, subjects, content, headers } = JSON.parse(process.argv[2]);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const connection = await RawConnection.open(port);
const encoded = new EncodedMessages(size, subjects, { content, headers });
const allowance = { credit: 0, isOver: false };
/** @type {(value?: unknown) => void} */
let wake = () => {};
connection.onPayload = (payload) => {
  if (payload === NO_MORE) allowance.isOver = true;
  else allowance.credit += Number(payload);
  wake();
};
connection.send(`SUB ${CREDIT_SUBJECT} 1\r\n`);
await connection.flush();
print({ ready: true });

let sent = 0;
for (;;) {
  while (allowance.credit === 0 && !allowance.isOver) await new Promise((resolve) => (wake = resolve));
  if (allowance.credit === 0) break;
  const { bytes, count } = encoded.take(allowance.credit);
  allowance.credit -= count;
  sent += count;
  const drained = connection.write(bytes);
  if (drained) await drained;
}
connection.send(`PUB ${DONE_SUBJECT} 0\r\n\r\n`);
await connection.flush();
print({ sent });
connection.close();
