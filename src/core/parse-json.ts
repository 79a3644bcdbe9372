import { ArgumentError } from "./errors.ts";

/** What has a payload, and the subject by which errors name it. */
interface TextOnSubject {
  readonly subject: string;
  string(): string;
}

/** The payload parsed as JSON. Throws `INVALID_JSON`, naming the subject. */
export function parseJson<T>(message: TextOnSubject, reviver?: (key: string, value: unknown) => unknown): T {
  try {
    return JSON.parse(message.string(), reviver) as T;
  } catch (cause) {
    const { subject } = message;
    const text = `the payload of a message on "${subject}" is not JSON: ${String(cause)}`;
    throw new ArgumentError("INVALID_JSON", text, { subject, cause });
  }
}
