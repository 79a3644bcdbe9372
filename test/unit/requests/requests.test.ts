import { expect, test } from "vitest";
import { SubscriptionTable } from "../../../src/core/delivery/subscription-table.ts";
import { resolveOptions } from "../../../src/core/options.ts";
import { Outbox } from "../../../src/core/outbound/outbox.ts";
import { Publisher } from "../../../src/core/outbound/publisher.ts";
import { Decoder, type OperationListener } from "../../../src/core/protocol/decoder.ts";
import { InboxMaker } from "../../../src/core/requests/inbox.ts";
import { Requests } from "../../../src/core/requests/requests.ts";
import { SharedSignals } from "../../../src/core/shared-signal.ts";
import { newCounters } from "../../../src/core/statistics.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";
import { MemoryTransport } from "../support/memory-transport.ts";

/** So large that the outbox hands it over within the call. */
const AT_ONCE = "x".repeat(600 * 1024);

/** A server that answers within the write that brings it the request. */
class AnswerAtOnce extends MemoryTransport {
  readonly #answer: (reply: string) => void;

  constructor(answer: (reply: string) => void) {
    super();
    this.#answer = answer;
  }

  override writeAll(chunks: readonly Uint8Array[]): boolean {
    const taken = super.writeAll(chunks);
    const request = /PUB \S+ (\S+) \d+\r\n/.exec(chunks.map(latin1).join(""));
    if (request !== null) this.#answer(request[1]!);
    return taken;
  }
}

test.each([false, true])(
  "a request is registered before it is published: a response that comes at once finds it (own inbox: %s) [REQ-02]",
  async (ownInbox) => {
    const options = resolveOptions({});
    const outbox = new Outbox(options, newCounters());
    const table = new SubscriptionTable((command) => outbox.command(command), outbox.publishLimits.lines);
    const decoder = new Decoder({ onMessage: (frame) => table.route(frame) } as OperationListener);
    const transport = new AnswerAtOnce((reply) => decoder.push(bytesOf(`MSG ${reply} 1 2\r\nok\r\n`)));
    outbox.attach(transport, []);
    const requests = new Requests({
      context: { subscription: undefined, respond: () => undefined, reportError: () => undefined },
      publisher: new Publisher(outbox),
      table,
      inboxes: new InboxMaker("_INBOX"),
      lifecycle: { confirm: () => undefined },
      signals: new SharedSignals(),
      options: { pending: { messages: 1, bytes: 1, onFull: "error" }, requestTimeout: 600_000 },
      code: { loaded: undefined, load: () => Promise.reject(new Error("not needed")) },
    });
    const reply = await requests.request("a", AT_ONCE, { ownInbox });
    expect(reply.string()).toBe("ok");
    requests.onClosed(undefined as never);
  },
);
