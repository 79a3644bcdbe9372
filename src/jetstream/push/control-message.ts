import type { Message } from "../../core/message.ts";

/** What a server says in the place of a message. */
export type Control =
  /** `stalled`: where it waits for an answer, for it has sent as much as it may. */
  | {
      readonly type: "heartbeat";
      readonly stalled: string | undefined;
      readonly lastDelivery: number | undefined;
    }
  /** It wants to hear when all that it has sent was handled. */
  | { readonly type: "flow-control"; readonly reply: string }
  | { readonly type: "status"; readonly code: number; readonly description: string };

// JS-01
/** What a message of a push consumer says; undefined if it is one that was stored. */
export function readControl(message: Message): Control | undefined {
  const code = message.size === 0 ? message.statusCode : undefined;
  if (code === undefined) return undefined;
  const { headers, reply } = message;
  const description = headers?.description ?? "";
  if (code === 100 && description.startsWith("Idle")) {
    const last = Number(headers?.get("Nats-Last-Consumer") ?? Number.NaN);
    const lastDelivery = Number.isSafeInteger(last) ? last : undefined;
    return { type: "heartbeat", stalled: headers?.get("Nats-Consumer-Stalled"), lastDelivery };
  }
  if (code === 100 && description.startsWith("Flow") && reply !== undefined)
    return { type: "flow-control", reply };
  return { type: "status", code, description };
}
