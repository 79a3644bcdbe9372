import { toByteString, writeBytes } from "./bytes.ts";
import { Publication } from "./publication.ts";

/** What a message of the server's own may have beside its subject and payload. */
export interface PublicationExtras {
  /** The reply subject, as a string of one character per byte. */
  readonly reply?: string;
  /** What the first line of the headers says: `404 No Messages`. */
  readonly status?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message of the server's own; the subject as a string of one character per byte. */
export function makePublication(
  subject: string,
  payload: Uint8Array,
  extras: PublicationExtras = {},
): Publication {
  const { reply = "" } = extras;
  const block = headerBlock(extras);
  const headerSize = block === "" ? "" : String(block.length);
  const size = String(block.length + payload.length);
  const text = [subject, reply, headerSize, size, block];
  const bytes = new Uint8Array(text.reduce((sum, { length }) => sum + length, payload.length));
  const publication = new Publication();
  publication.bytes = bytes;
  publication.subjectEnd = writeBytes(bytes, 0, subject);
  publication.replyStart = publication.subjectEnd;
  publication.replyEnd = writeBytes(bytes, publication.replyStart, reply);
  publication.headerSizeStart = publication.replyEnd;
  publication.headerSizeEnd = writeBytes(bytes, publication.headerSizeStart, headerSize);
  publication.sizeStart = publication.headerSizeEnd;
  publication.sizeEnd = writeBytes(bytes, publication.sizeStart, size);
  publication.headerSize = block === "" ? -1 : block.length;
  publication.bodyStart = publication.sizeEnd;
  publication.bodyEnd = bytes.length;
  bytes.set(payload, writeBytes(bytes, publication.bodyStart, block));
  return publication;
}

// NATS/1.0[ <status>]␍␊[<name>: <value>␍␊]...␍␊
/** Empty without a status and headers. */
function headerBlock({ status, headers }: PublicationExtras): string {
  if (status === undefined && headers === undefined) return "";
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  return toByteString([`NATS/1.0${status === undefined ? "" : ` ${status}`}`, ...lines, "", ""].join("\r\n"));
}
