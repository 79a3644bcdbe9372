import { Measurement, collectGarbage } from "./javascript/measurement.mjs";
import { Receipt } from "./javascript/receipt.mjs";
import { RawConnection } from "./raw/connection.mjs";
import { EncodedMessages } from "./raw/encoded-messages.mjs";
import { CREDIT_SUBJECT, subjectsOf } from "./subjects.mjs";

const [SUBJECT] = subjectsOf(1);
const LETTER_P = 80;
const PING_BYTES = 6;

async function sendBurst(connection, encoded, messages) {
  for (let left = messages; left > 0;) {
    const { bytes, count } = encoded.take(left);
    left -= count;
    const drained = connection.write(bytes);
    if (drained) await drained;
  }
  await connection.flush();
}

async function publish({ port, size, messages, bursts, warmup }) {
  const connection = await RawConnection.open(port);
  const encoded = new EncodedMessages(size, 1);
  await sendBurst(connection, encoded, warmup);
  collectGarbage();
  const measurement = new Measurement();
  measurement.start();
  for (let i = 0; i < bursts; i++) await sendBurst(connection, encoded, messages / bursts);
  measurement.stop();
  connection.close();
  return measurement.result(messages);
}

/** Steps over messages of one known length; a PING of the server may stand between two of them. */
function stepper(connection, messageBytes, received) {
  let offset = 0;
  return (chunk) => {
    while (offset < chunk.length) {
      if (chunk[offset] === LETTER_P) {
        connection.send("PONG\r\n");
        offset += PING_BYTES;
      } else {
        received();
        offset += messageBytes;
      }
    }
    offset -= chunk.length;
  };
}

async function receive({ port, size, messages, warmup }) {
  const connection = await RawConnection.open(port);
  connection.send(`SUB ${SUBJECT} 1\r\n`);
  await connection.flush();
  const grant = (more) => connection.send(`PUB ${CREDIT_SUBJECT} ${String(more).length}\r\n${more}\r\n`);
  const measured = new Receipt(messages, grant);
  let receipt = new Receipt(warmup, grant);
  const messageBytes = `MSG ${SUBJECT} 1 ${size}\r\n`.length + size + 2;
  connection.takeOver(stepper(connection, messageBytes, () => receipt.add(size)));

  receipt.begin();
  await receipt.done;
  collectGarbage();
  receipt = measured;
  measured.begin();
  await measured.done;
  connection.close();
  return measured.measurement.result(messages);
}

const cases = { publish, receive };

/** `<case> <json-params>`: what the server and the loopback allow without a client library. */
const [name, json] = process.argv.slice(2);
const result = await cases[name](JSON.parse(json));
process.stdout.write(`${JSON.stringify({ side: "raw socket", case: name, ...result })}\n`);
