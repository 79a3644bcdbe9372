import { ArgumentError } from "./errors.ts";

/** What has a payload, and the subject by which errors name it. */
interface TextOnSubject {
  readonly subject: string;
  string(): string;
}

/** The payload parsed as JSON. Throws `INVALID_JSON`, naming the subject. */
export function parseJson(
  message: TextOnSubject,
  reviver?: (key: string, value: unknown) => unknown,
): unknown {
  try {
    return JSON.parse(message.string(), reviver) as unknown;
  } catch (cause) {
    const { subject } = message;
    const text = `the payload of a message on "${subject}" is not JSON: ${String(cause)}`;
    throw new ArgumentError("INVALID_JSON", text, { subject, cause });
  }
}
