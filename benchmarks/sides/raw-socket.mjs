import { Measurement, collectGarbage } from "./javascript/measurement.mjs";
import { Receipt } from "./javascript/receipt.mjs";
import { RawConnection } from "./raw/connection.mjs";
import { EncodedMessages } from "./raw/encoded-messages.mjs";
import { request } from "./raw/request.mjs";
import { stepper } from "./raw/stepper.mjs";
import { CREDIT_SUBJECT, NO_MORE, subjectsOf } from "./subjects.mjs";

const [SUBJECT = ""] = subjectsOf(1);

async function sendBurst(connection, encoded, messages) {
  for (let left = messages; left > 0;) {
    const { bytes, count } = encoded.take(left);
    left -= count;
    const drained = connection.write(bytes);
    if (drained) await drained;
  }
  await connection.flush();
}

async function publish({ port, size, burst, seconds, warmupSeconds }) {
  const connection = await RawConnection.open(port);
  const encoded = new EncodedMessages(size, 1);
  const publishFor = async (limit) => {
    const end = performance.now() + limit * 1000;
    let messages = 0;
    do {
      await sendBurst(connection, encoded, burst);
      messages += burst;
    } while (performance.now() < end);
    return messages;
  };
  await publishFor(warmupSeconds);
  collectGarbage();
  const measurement = new Measurement();
  measurement.start();
  const messages = await publishFor(seconds);
  measurement.stop();
  connection.close();
  return measurement.result(messages);
}

async function receive({ port, size, seconds, warmupSeconds }) {
  const connection = await RawConnection.open(port);
  connection.send(`SUB ${SUBJECT} 1\r\n`);
  await connection.flush();
  const say = (text) => connection.send(`PUB ${CREDIT_SUBJECT} ${text.length}\r\n${text}\r\n`);
  const grant = (more) => say(String(more));
  const warmup = new Receipt(warmupSeconds, grant);
  const measured = new Receipt(seconds, grant);
  let receipt = warmup;
  const messageBytes = `MSG ${SUBJECT} 1 ${size}\r\n`.length + size + 2;
  connection.takeOver(stepper(connection, messageBytes, () => receipt.add(size)));

  warmup.begin();
  await warmup.done;
  collectGarbage();
  receipt = measured;
  measured.begin();
  await measured.done;
  say(NO_MORE);
  connection.end();
  return { ...measured.measurement.result(measured.count), granted: warmup.count + measured.count };
}

const cases = { publish, receive, request };

/** `<case> <json-params>`: what the server and the loopback allow without a client library. */
const [name = "", json = "{}"] = process.argv.slice(2);
const result = await cases[name](JSON.parse(json));
process.stdout.write(`${JSON.stringify({ side: "raw socket", case: name, ...result })}\n`);
