import { expect, test } from "vitest";
import { Requests } from "../../../src/core/requests/requests.ts";
import { SubscriptionTable } from "../../../src/core/delivery/subscription-table.ts";
import { InboxMaker } from "../../../src/core/requests/inbox.ts";
import { Decoder, type OperationSink } from "../../../src/core/protocol/decoder.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";

test.each([false, true])(
  "a request is registered before it is published: a response that comes at once finds it (own inbox: %s) [REQ-02]",
  async (ownInbox) => {
    const subscribed: string[] = [];
    const table = new SubscriptionTable((command) => void subscribed.push(latin1(command)));
    const decoder = new Decoder({ onMessage: (frame) => table.route(frame) } as OperationSink);
    const requests = new Requests({
      context: { subscription: undefined, respond: () => undefined, reportError: () => undefined },
      table,
      inboxes: new InboxMaker("_INBOX"),
      pendingLimits: { messages: 1, bytes: 1, onFull: "error" },
      send: (_request, reply) => {
        const subject = typeof reply === "string" ? reply : latin1(reply);
        expect(subscribed).toHaveLength(1);
        decoder.push(bytesOf(`MSG ${subject} 1 2\r\nok\r\n`));
        return true;
      },
      isConnected: () => true,
    });
    const outgoing = { subject: "a", payload: undefined, size: 0, block: undefined };
    const reply = await requests.request(outgoing, { ownInbox }, 600_000);
    expect(reply.string()).toBe("ok");
    requests.onClosed(undefined as never);
  },
);
