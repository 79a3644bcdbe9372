import { headers, type MessageHeaders } from "../../core/protocol/headers.ts";

export const ERROR_HEADER = "Nats-Service-Error";
export const ERROR_CODE_HEADER = "Nats-Service-Error-Code";

/** Letters of a description: it is for people, who read no longer ones. */
const MAX_DESCRIPTION = 1024;

/** The headers that make an answer an error, together with `others`. */
export function errorHeaders(status: number, description: string, others?: MessageHeaders): MessageHeaders {
  const made = headers();
  for (const [name, value] of others ?? []) {
    if (!isReserved(name)) addIfValid(made, name, value);
  }
  return made.set(ERROR_HEADER, shortLine(description)).set(ERROR_CODE_HEADER, String(status));
}

/** An error's message may have anything in it: a line break would end the header. */
export function shortLine(text: string): string {
  const line = text
    .slice(0, MAX_DESCRIPTION)
    // oxlint-disable-next-line eslint/no-control-regex -- they are what is looked for
    .replaceAll(/[\u0000-\u0020\u007f\u0085\u2028\u2029]+/g, " ")
    .replaceAll(/\p{Surrogate}/gu, "\ufffd")
    .trim();
  return line === "" ? "unknown error" : line;
}

function isReserved(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === ERROR_HEADER.toLowerCase() || lower === ERROR_CODE_HEADER.toLowerCase();
}

/** Adds a header, unless it can't be sent: an error that is passed on may have such headers. */
function addIfValid(made: MessageHeaders, name: string, value: string): void {
  try {
    made.append(name, value);
  } catch {
    // The error itself is sent without it.
  }
}
