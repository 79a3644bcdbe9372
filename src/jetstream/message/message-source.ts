import type { MessageHeaders } from "../../core/protocol/headers.ts";

/** Where a message was before its stream took it from there. */
export interface MessageSource {
  /** As the server names it: behind the name of a stream of another account or domain stand a colon and a hash. */
  readonly stream: string;
  readonly seq: number;
  readonly subject: string;
  /** What was taken of that stream; `>` for all. */
  readonly filter: string;
  /** What its subject was turned into; `>` if it was kept. */
  readonly transform: string;
  /** Tells the stream from another one of that name, made before or after; from servers since 2.15. */
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
