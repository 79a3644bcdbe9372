import { isNatsError } from "../../src/index.ts";

/**
 * Runs `body` again with twice the time whenever it rejects with `TIMEOUT`: the machine may have stood still for so long. A body
 * that can never be in time ends by the limit of the test.
 */
export async function inTime(timeout: number, body: (timeout: number) => Promise<void>): Promise<void> {
  try {
    await body(timeout);
  } catch (error) {
    if (!isNatsError(error, "TIMEOUT")) throw error;
    await inTime(2 * timeout, body);
  }
}
