import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";

/** Why nobody takes messages, as far as it could be found out. */
export interface Absence {
  /** The subject that was asked about. */
  readonly subject: string;
  /** The stream that should take it; undefined if there is none, or nobody knows. */
  readonly stream: string | undefined;
  /** There is no JetStream for this connection, and so no stream for any subject. */
  readonly notEnabled: JetStreamError | undefined;
}

/** Milliseconds: the reason is not worth a longer wait. */
const PATIENCE = 2000;

/** Asks why nobody takes messages to `subject`. Never rejects, but for `ABORTED`. */
export async function findAbsence(context: Context, subject: string, limits: WaitOptions): Promise<Absence> {
  const { timeout = context.timeout } = limits;
  const options = { ...limits, timeout: Math.min(timeout, PATIENCE) };
  try {
    const { streams } = await context.api.request({ subject: "STREAM.NAMES", body: { subject }, options });
    const [stream] = Array.isArray(streams) ? (streams as unknown[]) : [];
    return { subject, stream: typeof stream === "string" ? stream : undefined, notEnabled: undefined };
  } catch (thrown) {
    if (isNatsError(thrown, "ABORTED")) throw thrown;
    const isOff =
      isNatsError(thrown, "JETSTREAM_NOT_ENABLED") ||
      isNatsError(thrown, "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT");
    // Else the API is out of reach, or forbidden: that nobody took the message is known all the same.
    return { subject, stream: undefined, notEnabled: isOff ? thrown : undefined };
  }
}

/** That nobody took a message to `subject`, after the retries. Nothing was stored. */
export function missingStream(
  subject: string,
  { subject: asked, stream, notEnabled }: Absence,
  cause?: NatsError,
): JetStreamError {
  const facts = { subject, cause, sent: false };
  if (notEnabled !== undefined) {
    const { code, message, errCode, errName, retryable } = notEnabled;
    return new JetStreamError(code, `"${subject}": ${message}`, { ...facts, errCode, errName, retryable });
  }
  if (stream === undefined || asked !== subject) {
    return new JetStreamError("NO_STREAM", `no stream takes the subject "${subject}"`, facts);
  }
  const text = `the stream "${stream}" takes the subject "${subject}", but does not answer: it has no leader just now`;
  return new JetStreamError("NO_STREAM", text, { ...facts, stream, retryable: true });
}
