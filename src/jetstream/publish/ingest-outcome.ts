import type { NatsError } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import { ingestEnded } from "./ingest-errors.ts";
import type { IngestFlow } from "./ingest-flow.ts";
import { type IngestLosses, LossLog } from "./ingest-losses.ts";
import type { IngestReply } from "./ingest-reply.ts";
import type { BatchAck } from "./message-options.ts";
import { findAbsence, missingStream } from "./missing-stream.ts";

/** What came of an ingest. `count` is the number of the last message; it counts lost and refused messages, too. */
export interface IngestReport extends BatchAck, IngestLosses {}

/** What the outcome needs of its ingest. */
export interface IngestOutcomeHost {
  readonly flow: IngestFlow;
  /** The subject that was published to last. */
  subject(): string;
  /** Whether the end was sent. */
  isCommitting(): boolean;
  /** All of it is stored. */
  onStored(report: IngestReport): void;
  onEnded(error: NatsError): void;
}

/** What becomes of an ingest, by what the server says. */
export class IngestOutcome {
  readonly #context: Context;
  readonly #host: IngestOutcomeHost;
  readonly #losses = new LossLog();

  constructor(context: Context, host: IngestOutcomeHost) {
    this.#context = context;
    this.#host = host;
  }

  take(reply: IngestReply): void {
    switch (reply.type) {
      case "ack":
        this.#host.flow.onAck(reply.number, reply.messages);
        return;
      case "gap":
        // A number that came twice, or too late, is no loss: the end follows, and says how far it came.
        if (reply.to > reply.from) this.#losses.onGap({ from: reply.from, to: reply.to - 1 });
        return;
      case "refused":
        this.#losses.onRefused(reply);
        return;
      case "end":
        this.#onEnd(reply.ack);
        return;
      case "alone":
        this.#host.onEnded(tooOld(reply.ack.stream, this.#host.subject()));
        return;
      case "nobody":
        this.#onNobody();
        return;
      case "failed":
        this.fail(reply.error);
    }
  }

  /** It can't go on, for this reason. */
  fail(error: NatsError): void {
    const { flow } = this.#host;
    const facts = { subject: this.#host.subject(), cause: error };
    this.#host.onEnded(flow.isOpen ? ingestEnded(error.message, flow.acked, facts) : error);
  }

  #onEnd(ack: BatchAck): void {
    const { flow } = this.#host;
    flow.onEnd(ack.count);
    const { losses, reason } = this.#losses;
    if (this.#host.isCommitting() && ack.count >= flow.sent) {
      this.#host.onStored({ ...ack, ...losses });
      return;
    }
    const { stream, count } = ack;
    const why = reason ?? `the server ended it after ${count} of ${flow.sent} messages`;
    const cause = losses.failures[0]?.error;
    this.#host.onEnded(ingestEnded(why, count, { subject: this.#host.subject(), stream, cause }));
  }

  /** The stream has no leader, or there never was one. */
  #onNobody(): void {
    const { flow } = this.#host;
    const subject = this.#host.subject();
    if (flow.isOpen) {
      const reason = "the stream has gone, or has no leader any more";
      this.#host.onEnded(ingestEnded(reason, flow.acked, { subject }));
      return;
    }
    void findAbsence(this.#context, subject, {}).then((absence) =>
      this.#host.onEnded(missingStream(subject, absence)),
    );
  }
}

function tooOld(stream: string, subject: string): JetStreamError {
  const text = `the server stored a message to "${subject}" by itself: it knows no ingest`;
  return new JetStreamError("SERVER_TOO_OLD", text, { stream, subject, sent: true });
}
