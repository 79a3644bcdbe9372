import type { WaitOptions } from "../../core/waiter.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import type { DeadLetter } from "./dead-letter.ts";
import { replayHeaders } from "./letter-headers.ts";
import type { Keeper } from "./letter-keeper.ts";

/**
 * Publishes the message first, then removes the letter: a crash between leaves a message that is known by its id. False if
 * somebody else, who replays too, has removed it.
 */
export async function replayLetter(
  keeper: Keeper,
  letter: DeadLetter,
  message: StoredMessage,
  limits: WaitOptions,
): Promise<boolean> {
  const { js, letters, source } = keeper;
  await js.publish(message.subject, message.data, {
    ...limits,
    headers: replayHeaders(message.headers, letter),
    msgId: `${letters.name}.${letter.id}.${letter.time.getTime()}`,
    expect: { stream: source.name },
  });
  return await removeLetter(keeper, letter, limits);
}

/** False if it is not there any more: somebody else has removed it. */
export async function removeLetter(
  { letters }: Keeper,
  { id }: DeadLetter,
  limits: WaitOptions,
): Promise<boolean> {
  try {
    await letters.deleteMessage(id, { ...limits, erase: false });
    return true;
  } catch (error) {
    const there = await letters.get({ seq: id }, { ...limits, leader: true });
    if (there === undefined) return false;
    throw error;
  }
}
