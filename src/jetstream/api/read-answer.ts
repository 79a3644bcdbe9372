import type { Message } from "../../core/message.ts";
import type { JetStreamErrorFacts } from "../errors.ts";
import { invalidResponse } from "./answer-fields.ts";
import type { ApiAnswer } from "./api.ts";
import { parseExactly } from "../../core/parse-exactly.ts";
import { readApiError } from "./read-error.ts";

// JS-CTX-08
const TYPE = /^io\.nats\.jetstream\.api\.v1\.\w+$/;

// { "type": "io.nats.jetstream.api.v1.…_response", "error": { … }, … }
/** The answer in a message. Throws the error that it tells, or `INVALID_RESPONSE`. */
export function readAnswer(message: Message, facts: JetStreamErrorFacts): ApiAnswer {
  const subject = facts.subject ?? message.subject;
  const answer = parse(subject, message.string());
  if (answer["error"] !== undefined) throw readApiError(answer["error"], facts);
  const { type } = answer;
  if (typeof type === "string" && TYPE.test(type)) return answer;
  const shown = type === undefined ? "it has no type" : `it is of the type ${JSON.stringify(type)}`;
  throw invalidResponse(subject, shown);
}

function parse(subject: string, text: string): ApiAnswer {
  let parsed: unknown;
  try {
    parsed = parseExactly(text);
  } catch (cause) {
    throw invalidResponse(
      subject,
      `it is not JSON, but begins with ${JSON.stringify(text.slice(0, 64))}`,
      cause,
    );
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as ApiAnswer;
  throw invalidResponse(subject, "it is no JSON object");
}
