import { connect } from "node:net";

/** @import { RunningServer } from "./launch.mjs" */

const ANSWER_LIMIT = 1_000;
const PROBE = "STARTUP_PROBE";

/** "no suitable peers for placement" and "JetStream system temporarily unavailable" */
const NOT_YET = new Set([10005, 10008]);

/**
 * Whether a stream can be placed on every server. A cluster may have a leader that has not yet
 * heard from all servers, which no monitoring page shows, so a stream is really made and deleted.
 * Where that cannot be tried, for want of credentials or of JetStream for the default account, the
 * answer is yes.
 *
 * @param {RunningServer} server
 * @param {number} size
 * @returns {Promise<boolean>}
 */
export async function canPlaceStreams(server, size) {
  const config = {
    name: PROBE,
    subjects: [PROBE],
    storage: "memory",
    num_replicas: Math.min(size, 5),
  };
  const created = await apiRequest(server.port, `STREAM.CREATE.${PROBE}`, JSON.stringify(config));
  if (created === undefined || NOT_YET.has(created.error?.err_code ?? 0)) return false;
  if (created.error === undefined) await apiRequest(server.port, `STREAM.DELETE.${PROBE}`, "");
  return true;
}

/**
 * @typedef {object} ApiAnswer
 * @property {{ err_code?: number }} [error]
 */

/**
 * @param {number} port
 * @param {string} subject
 * @param {string} body
 * @returns {Promise<ApiAnswer | undefined>} nothing when no answer comes
 */
function apiRequest(port, subject, body) {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1");
    const settle = (/** @type {ApiAnswer | undefined} */ answer) => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(ANSWER_LIMIT, () => settle(undefined));
    socket.on("error", () => {});
    socket.on("close", () => settle(undefined));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const answer = /^MSG answer 1 \d+\r\n(.*)\r\n/m.exec(text)?.[1];
      if (answer !== undefined) settle(JSON.parse(answer));
      else if (/^-ERR 'Authorization Violation'/m.test(text)) settle({ error: {} });
    });
    const request = `PUB $JS.API.${subject} answer ${body.length}\r\n${body}\r\n`;
    socket.write(`CONNECT {"verbose":false}\r\nSUB answer 1\r\n${request}`);
  });
}
