import type { Connection, Message } from "../../src/index.ts";
import type { RunningServer } from "./nats-server.ts";
import { RawClient } from "./raw-client.ts";

/** An answer with a status in its first line, which no client of this library sends. */
export interface StatusAnswer {
  readonly status: string;
  readonly body: string;
}

/** Answers to messages on a subject as a stream would, for what a real one does not do on demand. Undefined: no answer. */
export async function standIn(
  server: RunningServer,
  nc: Connection,
  subject: string,
  answer: (message: Message, number: number) => string | StatusAnswer | undefined,
): Promise<AsyncDisposable & { readonly received: readonly Message[] }> {
  const raw = await RawClient.connect(server.port);
  await raw.until("PONG", 'CONNECT {"headers":true,"verbose":false}\r\nPING\r\n');
  const received: Message[] = [];
  const subscription = nc.subscribe(subject, {
    callback: (message) => {
      received.push(message);
      const given = answer(message, received.length);
      if (given === undefined || message.reply === undefined) return;
      const { status, body } = typeof given === "string" ? { status: "", body: given } : given;
      if (status === "") message.respond(body);
      else raw.send(hpub(message.reply, status, body));
    },
  });
  await nc.flush();
  return {
    received,
    [Symbol.asyncDispose]: async () => {
      subscription.unsubscribe();
      raw.destroy();
      await raw.closed;
    },
  };
}

// HPUB <subject> <#header bytes> <#total bytes>␍␊<headers><payload>␍␊
function hpub(subject: string, status: string, body: string): string {
  const block = `NATS/1.0 ${status}\r\n\r\n`;
  return `HPUB ${subject} ${block.length} ${block.length + body.length}\r\n${block}${body}\r\n`;
}
