/** What is in the JSON of an ack, before it is checked. */
export type AckFields = Readonly<Record<string, unknown>>;

/** Undefined for what is no object. */
export function ackFields(text: string): AckFields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as AckFields) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is a sequence, or a number of messages. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
