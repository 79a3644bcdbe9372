import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { JetStreamError, type JetStreamErrorFacts } from "../errors.ts";
import { OWN_PREFIX } from "./level.ts";
import { readAnswer } from "./read-answer.ts";

const NOT_ENABLED =
  "JetStream is not enabled on the server: run nats-server with -js, or jetstream {} in its configuration";

/** Nobody answers calls of the API that begin with `prefix`. */
export function nobodyAnswers(prefix: string, facts: JetStreamErrorFacts): JetStreamError {
  if (prefix === OWN_PREFIX) {
    return new JetStreamError("JETSTREAM_NOT_ENABLED", NOT_ENABLED, facts);
  }
  // It may pass: a leaf node loses its link for a while, an account stops its export.
  const text = `no JetStream answers to "${prefix}.>": its domain is not connected, or the account imports no such API`;
  return new JetStreamError("JETSTREAM_NOT_ENABLED", text, { ...facts, retryable: true });
}

/**
 * The reason why nobody answers a call: JetStream is not enabled, or not for this account. In the second case a server answers only a
 * request for the account's information.
 */
export async function tellWhyNobodyAnswers(
  askForInfo: () => Promise<Message>,
  prefix: string,
  facts: JetStreamErrorFacts,
): Promise<NatsError> {
  try {
    readAnswer(await askForInfo(), {});
  } catch (thrown) {
    if (isNatsError(thrown, "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT")) {
      const { errCode, errName, status } = thrown;
      const told = { ...facts, errCode, errName, ...(status === undefined ? {} : { status }) };
      return new JetStreamError(thrown.code, `"${facts.subject}": ${thrown.message}`, told);
    }
    return isNatsError(thrown, "NO_RESPONDERS") ? nobodyAnswers(prefix, facts) : (thrown as NatsError);
  }
  const text = `JetStream answers, but not to "${facts.subject}": the account imports only a part of the API`;
  return new JetStreamError("JETSTREAM_NOT_ENABLED", text, facts);
}
