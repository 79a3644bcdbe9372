import { Message } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { isNoRespondersStatus } from "../protocol/headers.ts";
import { noResponders } from "./request-errors.ts";
import type { Requester } from "./requester.ts";

/** Takes responses as messages. */
interface MessageTaker {
  onReply(message: Message): void;
}

/** REQ-06: an empty response with the status 503 says that nobody listens; with a payload it is a response. */
export function deliver(frame: MessageFrame, requester: Requester & MessageTaker): void {
  if (saysNoResponders(frame)) requester.fail(noResponders(requester.subject));
  else requester.onReply(Message.of(requester.router.host.context, frame));
}

export function saysNoResponders({ bytes, headersStart, payloadStart, payloadEnd }: MessageFrame): boolean {
  return payloadStart === payloadEnd && isNoRespondersStatus(bytes, headersStart, payloadStart);
}
