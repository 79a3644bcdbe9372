import { writeBytes } from "./bytes.ts";
import { Publication } from "./publication.ts";

/** A message of the server's own; subjects as strings of one character per byte. */
export function makePublication(subject: string, payload: Uint8Array, reply = ""): Publication {
  const publication = new Publication();
  const bytes = new Uint8Array(subject.length + reply.length + payload.length);
  publication.bytes = bytes;
  publication.subjectEnd = writeBytes(bytes, 0, subject);
  publication.replyStart = publication.subjectEnd;
  publication.replyEnd = writeBytes(bytes, publication.replyStart, reply);
  publication.bodyStart = publication.replyEnd;
  publication.bodyEnd = bytes.length;
  bytes.set(payload, publication.bodyStart);
  return publication;
}
