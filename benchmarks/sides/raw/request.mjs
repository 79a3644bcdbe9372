import { measureRequests } from "../javascript/request.mjs";
import { ECHO_SUBJECT } from "../subjects.mjs";
import { RawConnection } from "./connection.mjs";
import { stepper } from "./stepper.mjs";

/** As long as the clients', which the server has to read and to route. */
const REPLY_SUBJECT = `_INBOX.${"a".repeat(22)}.00000001`;

/**
 * Requests whose bytes were encoded beforehand, and replies that are only counted: what two sockets and the server allow.
 */
export async function request(params) {
  const { port, size, inFlight } = params;
  const payload = "a".repeat(size);
  const responder = await openStepping(port, `SUB ${ECHO_SUBJECT} 1\r\n`, {
    bytes: `MSG ${ECHO_SUBJECT} 1 ${REPLY_SUBJECT} ${size}\r\n`.length + size + 2,
    answer: Buffer.from(`PUB ${REPLY_SUBJECT} ${size}\r\n${payload}\r\n`, "latin1"),
  });
  const asking = Buffer.from(`PUB ${ECHO_SUBJECT} ${REPLY_SUBJECT} ${size}\r\n${payload}\r\n`, "latin1");
  /** @type {(replies: number) => void} */
  let onReplies = () => {};
  const requester = await openStepping(port, `SUB ${REPLY_SUBJECT} 1\r\n`, {
    bytes: `MSG ${REPLY_SUBJECT} 1 ${size}\r\n`.length + size + 2,
    onEach: (replies) => onReplies(replies),
  });
  const run = (limit) => ask(requester, asking, inFlight, limit, (listener) => (onReplies = listener));
  const result = await measureRequests(run, params);
  requester.close();
  responder.close();
  return result;
}

/** Keeps that many under way until the time is up, and waits for those. Resolves with their number, or their round trips. */
function ask(requester, asking, inFlight, limit, listen) {
  const roundTrips = [];
  let messages = 0;
  let pending = inFlight;
  let sentAt = performance.now();
  return new Promise((resolve) => {
    listen((replies) => {
      messages += replies;
      pending -= replies;
      if (inFlight === 1) roundTrips.push(performance.now() - sentAt);
      if (limit.isOver) {
        if (pending === 0) resolve(inFlight === 1 ? roundTrips : messages);
        return;
      }
      pending += replies;
      sentAt = performance.now();
      requester.write(replies === 1 ? asking : Buffer.concat(Array(replies).fill(asking)));
    });
    requester.write(Buffer.concat(Array(inFlight).fill(asking)));
  });
}

/**
 * A connection that tells how many messages of one length came with a chunk, or answers each.
 *
 * @param {number} port
 * @param {string} subscribe
 * @param {{ bytes: number, answer?: Uint8Array, onEach?: (messages: number) => void }} what
 */
async function openStepping(port, subscribe, { bytes, answer, onEach }) {
  const connection = await RawConnection.open(port);
  connection.send(subscribe);
  await connection.flush();
  let count = 0;
  const step = stepper(connection, bytes, () => count++);
  connection.takeOver((chunk) => {
    // A message counts from its first byte, so whoever answers answers a moment early: it is a ceiling.
    step(chunk);
    const messages = count;
    count = 0;
    if (messages === 0) return;
    onEach?.(messages);
    if (answer !== undefined) void connection.write(Buffer.concat(Array(messages).fill(answer)));
  });
  return connection;
}
