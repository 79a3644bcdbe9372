import type { Message } from "../../core/message.ts";
import { JetStreamError, type JetStreamErrorFacts } from "../errors.ts";

/** The bytes of a backup are not all of it. */
export function incomplete(stream: string, reason: string, facts: JetStreamErrorFacts = {}): JetStreamError {
  const text = `the backup of the stream "${stream}" is not complete: ${reason}`;
  return new JetStreamError("BACKUP_INCOMPLETE", text, { ...facts, stream });
}

// JS-STR-44, JS-ADV-09
/** The server ended the backup early, and says why. */
export function endedByServer(stream: string, { headers }: Message): JetStreamError {
  const { status = 0, description = "" } = headers ?? {};
  return incomplete(stream, `the server ended it with ${status} ${description}`.trimEnd(), { status });
}
