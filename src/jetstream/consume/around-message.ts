/**
 * Performs what an engine answers to a message, and hands the message out: an end is told after it, all else before, for
 * handing it out may lead to the next step.
 */
export function aroundMessage<E extends { readonly type: string }>(
  effects: readonly E[],
  perform: (effects: readonly E[]) => void,
  hand: () => void,
): void {
  const end = effects.find(({ type }) => type === "end");
  perform(effects.filter((effect) => effect !== end));
  hand();
  if (end !== undefined) perform([end]);
}
