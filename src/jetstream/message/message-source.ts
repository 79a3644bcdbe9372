import type { MessageHeaders } from "../../core/protocol/headers.ts";

/** Where a message was before its stream took it from there. */
export interface MessageSource {
  /** The stream's name. For a stream of another account or domain the server adds a colon and a hash. */
  readonly stream: string;
  readonly seq: number;
  readonly subject: string;
  /** The filter by which it was copied; `>` for all. */
  readonly filter: string;
  /** The transform of its subject; `>` if the subject was kept. */
  readonly transform: string;
  /** Tells the stream from an earlier or later one of that name; since nats-server 2.15. */
  readonly identity?: string; // JS-STR-36
}

// <stream> <seq> <filter> <transform> <subject>[ <identity>[ …]]
export function readSource(headers: MessageHeaders | undefined): MessageSource | undefined {
  const text = headers?.get("Nats-Stream-Source");
  if (text === undefined) return undefined;
  const [stream, digits, filter, transform, subject, identity] = text.split(" ");
  const seq = Number(digits);
  const isComplete = filter !== undefined && transform !== undefined && subject !== undefined;
  if (stream === undefined || !Number.isSafeInteger(seq) || !isComplete) return undefined;
  const source = { stream, seq, subject, filter, transform };
  return identity === undefined ? source : { ...source, identity };
}
