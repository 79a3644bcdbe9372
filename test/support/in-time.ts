import { isNatsError } from "../../src/index.ts";

/** Gives `body` twice the time whenever the machine has stood still for as long as it has: then it rejects with `TIMEOUT`. */
export async function inTime(timeout: number, body: (timeout: number) => Promise<void>): Promise<void> {
  try {
    await body(timeout);
  } catch (error) {
    if (!isNatsError(error, "TIMEOUT")) throw error;
    await inTime(2 * timeout, body);
  }
}
