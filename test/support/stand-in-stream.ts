import { onTestFinished } from "vitest";
import type { Connection, Message } from "../../src/index.ts";
import type { RunningServer } from "./nats-server.ts";
import { RawClient } from "./raw-client.ts";

/** An answer with a status in its first line, which no client of this library sends. */
export interface StatusAnswer {
  readonly status: string;
  readonly body: string;
}

/**
 * Answers to messages on a subject as a stream would, for what a real one does not do on demand, until the test has finished.
 * Undefined: no answer.
 */
export async function standIn(
  server: RunningServer,
  nc: Connection,
  subject: string,
  answer: (message: Message, number: number) => string | StatusAnswer | undefined,
): Promise<{ readonly received: readonly Message[] }> {
  const raw = await RawClient.connect(server.port);
  onTestFinished(async () => {
    raw.destroy();
    await raw.closed;
  });
  await raw.until("PONG", 'CONNECT {"headers":true,"verbose":false}\r\nPING\r\n');
  const received: Message[] = [];
  const subscription = nc.subscribe(subject, {
    callback: (message) => {
      received.push(message);
      const given = answer(message, received.length);
      if (given === undefined || message.reply === undefined) return;
      if (typeof given === "string") message.respond(given);
      else raw.send(hpub(message.reply, given.status, given.body));
    },
  });
  onTestFinished(() => subscription.unsubscribe());
  await nc.flush();
  return { received };
}

// HPUB <subject> <#header bytes> <#total bytes>␍␊<headers><payload>␍␊
function hpub(subject: string, status: string, body: string): string {
  const block = `NATS/1.0 ${status}\r\n\r\n`;
  return `HPUB ${subject} ${block.length} ${block.length + body.length}\r\n${block}${body}\r\n`;
}
