import type { Link } from "../../../src/server/link.ts";
import { memoryConnection } from "../../../src/server/memory-link.ts";

/** The server's end of a connection in memory, and all that came out at the other. */
export function collectingLink(): { link: Link; text: () => string } {
  const { link, transport } = memoryConnection("test", 1);
  let received = "";
  transport.listen({
    onData: (chunk) => void (received += Buffer.from(chunk).toString("latin1")),
    onDrain: () => undefined,
    onClose: () => undefined,
  });
  return { link, text: () => received };
}
