/** The smaller of two limits, of which -1 or undefined is none; -1 if both are. */
export function smallerLimit(one: number | undefined, other: number | undefined): number {
  if (one === undefined || one < 0) return other === undefined || other < 0 ? -1 : other;
  return other === undefined || other < 0 ? one : Math.min(one, other);
}
