import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { PagedSequence } from "../../core/delivery/paged-sequence.ts";
import { SelectedSequence } from "../../core/delivery/selected-sequence.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { type DeadLetter, type DeadLetterFilter, readLetter } from "./dead-letter.ts";
import type { Keeper } from "./letter-keeper.ts";

/** The letters that a filter names, the oldest first. */
export function listLetters(
  keeper: Keeper,
  filter: DeadLetterFilter,
  limits: WaitOptions,
): AsyncSequence<DeadLetter> {
  if (filter.id !== undefined) return oneLetter(keeper, filter.id, filter, limits);
  const { letters, subjects } = keeper;
  const messages = letters.messages({ ...limits, filter: subjects.matching(filter) });
  // Somebody else may have put something else there: no letter is made of that.
  return new SelectedSequence(messages, readLetter);
}

function oneLetter(
  { letters, subjects }: Keeper,
  id: number,
  filter: DeadLetterFilter,
  limits: WaitOptions,
): AsyncSequence<DeadLetter> {
  let isAsked = false;
  return new PagedSequence(async () => {
    if (isAsked) return undefined;
    isAsked = true;
    const message = await letters.get({ seq: id }, { ...limits, leader: true });
    if (message === undefined || !subjects.isNamed(message.subject, filter)) return [];
    const letter = readLetter(message);
    return letter === undefined ? [] : [letter];
  });
}
