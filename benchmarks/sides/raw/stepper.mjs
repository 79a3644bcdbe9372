const LETTER_P = 80;
const PING_BYTES = 6;

/**
 * Steps over messages of one known length; a PING of the server may stand between two of them.
 *
 * @param {import("./connection.mjs").RawConnection} connection
 * @param {number} messageBytes
 * @param {() => void} received
 * @returns {(chunk: Uint8Array) => void}
 */
export function stepper(connection, messageBytes, received) {
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
