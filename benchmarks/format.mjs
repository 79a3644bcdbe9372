const SCALES = [
  { from: 1e6, by: 1e6, unit: " M" },
  { from: 1e4, by: 1e3, unit: " k" },
  { from: 0, by: 1, unit: "" },
];

/** Three digits are more than the spread of most figures deserves. */
function digits(value) {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

function withSpread({ median, low, high }, unit, by = 1) {
  const spread = low === high ? "" : ` (${digits(low / by)}–${digits(high / by)})`;
  return `${digits(median / by)}${unit}${spread}`;
}

/** `4.40 M (4.31–4.45)`; a dash where there is no figure. */
export function scaled(summary) {
  if (!summary) return "–";
  const { by, unit } = SCALES.find(({ from }) => summary.median >= from) ?? SCALES[SCALES.length - 1];
  return withSpread(summary, unit, by);
}

export function plain(summary) {
  return summary ? withSpread(summary, "") : "–";
}

/** `4.87x (4.70–5.02)` */
export function times(summary) {
  return summary ? withSpread(summary, "x") : "–";
}

function padded(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  return lines.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column])));
}

/** With columns of equal width, as the formatter leaves them. */
export function markdownTable(head, rows) {
  const [first, ...rest] = padded([head, ...rows]);
  const rule = first.map((cell) => "-".repeat(cell.length));
  return [first, rule, ...rest].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function terminalTable(head, rows) {
  return padded([head, ...rows])
    .map((cells) => cells.join("  ").trimEnd())
    .join("\n");
}
