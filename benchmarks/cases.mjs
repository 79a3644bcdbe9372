import { FOUNDATION_CASES } from "./foundation-cases.mjs";
import { selectParts } from "./parts.mjs";
import { RUNTIME_CASES, WEBSOCKET_CASES } from "./runtime-cases.mjs";

/** The cases of each part; outside the foundation the part's name goes before that of the case. */
function casesOf(part) {
  if (part.name === "foundation") return FOUNDATION_CASES.map((benchmark) => ({ ...benchmark, part }));
  const cases = part.scheme === "ws" ? WEBSOCKET_CASES : RUNTIME_CASES;
  return cases.map((benchmark) => ({ ...benchmark, part, name: `${part.name}-${benchmark.name}` }));
}

/** A smoke run proves that everything works; its figures mean nothing. */
function shortened(benchmark) {
  const messages = Math.max(1000, benchmark.params.messages / 100);
  const params = {
    ...benchmark.params,
    messages,
    warmup: Math.min(benchmark.params.warmup, messages),
  };
  return { ...benchmark, params };
}

/** The cases of these parts whose names hold one of the filters; all without either. */
export function selectCases({ only = [], filters = [], quick = false } = {}) {
  const offered = selectParts(only).flatMap(casesOf);
  const chosen = offered.filter(
    ({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)),
  );
  if (chosen.length === 0) {
    throw new Error(
      `no case holds ${filters.join(", ")}; there are ${offered.map(({ name }) => name).join(", ")}`,
    );
  }
  return quick ? chosen.map(shortened) : chosen;
}
