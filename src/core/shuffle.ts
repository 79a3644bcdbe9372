/** A uniform shuffle of all but the first `fixed`. */
export function shuffle(items: unknown[], fixed = 0): void {
  for (let i = items.length - 1; i > fixed; i--) {
    const j = fixed + Math.floor(Math.random() * (i + 1 - fixed));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}
