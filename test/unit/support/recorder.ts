import { Message, type MessageContext } from "../../../src/core/message.ts";
import { Decoder, type MessageFrame, type OperationListener } from "../../../src/core/protocol/decoder.ts";
import { bytesOf, latin1 } from "./bytes.ts";

/** One decoded operation; bytes are written one character each. */
export type Operation =
  | {
      readonly verb: "MSG";
      readonly sid: number;
      readonly subject: string;
      readonly reply: string;
      readonly headers: string;
      readonly payload: string;
    }
  | { readonly verb: "INFO" | "-ERR"; readonly text: string }
  | { readonly verb: "PING" | "PONG" | "+OK" };

/** For messages that are not to be responded to. */
export const noContext: MessageContext = {
  subscription: undefined,
  respond: () => {
    throw new Error("nobody was expected to respond");
  },
  reportError: (error) => {
    throw error;
  },
};

/** Writes down what a decoder tells, and keeps the messages as an application would. */
export class Recorder implements OperationListener {
  readonly operations: Operation[] = [];
  readonly messages: Message[] = [];
  /** Called after each operation. */
  onOperation: (() => void) | undefined;

  onMessage(frame: MessageFrame): void {
    const part = (start: number, end: number): string => latin1(frame.bytes.subarray(start, end));
    this.messages.push(Message.of(noContext, frame));
    this.#note({
      verb: "MSG",
      sid: frame.sid,
      subject: part(frame.subjectStart, frame.subjectEnd),
      reply: part(frame.replyStart, frame.replyEnd),
      headers: part(frame.headersStart, frame.payloadStart),
      payload: part(frame.payloadStart, frame.payloadEnd),
    });
  }

  onInfo(text: string): void {
    this.#note({ verb: "INFO", text });
  }

  onPing(): void {
    this.#note({ verb: "PING" });
  }

  onPong(): void {
    this.#note({ verb: "PONG" });
  }

  onOk(): void {
    this.#note({ verb: "+OK" });
  }

  onServerError(text: string): void {
    this.#note({ verb: "-ERR", text });
  }

  #note(operation: Operation): void {
    this.operations.push(operation);
    this.onOperation?.();
  }
}

/** What a new decoder makes of these chunks. */
export function decode(...chunks: readonly (Uint8Array | string)[]): Recorder {
  const recorder = new Recorder();
  const decoder = new Decoder(recorder);
  for (const chunk of chunks) decoder.push(typeof chunk === "string" ? bytesOf(chunk) : chunk);
  return recorder;
}

export const MSG = (
  subject: string,
  payload: string,
  { sid = 1, reply = "", headers = "" }: { sid?: number; reply?: string; headers?: string } = {},
): Operation => ({ verb: "MSG", sid, subject, reply, headers, payload });
