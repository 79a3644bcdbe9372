import { selectParts } from "./parts.mjs";

/** The cases of a part; outside the foundation the part's name goes before that of the case. */
export function casesOf(part) {
  return part.cases.map((benchmark) => ({
    ...benchmark,
    part,
    name: part.name === "foundation" ? benchmark.name : `${part.name}-${benchmark.name}`,
  }));
}

/** A smoke run proves that everything works; its figures mean nothing. */
function shortened(benchmark) {
  const { params } = benchmark;
  const short =
    params.seconds === undefined
      ? { messages: params.messages / 10 }
      : {
          seconds: 0.1,
          warmupSeconds: 0.1,
          ...(params.burst ? { burst: Math.ceil(params.burst / 20) } : {}),
          ...(params.keys ? { keys: Math.ceil(params.keys / 20) } : {}),
          ...(params.bytes ? { bytes: Math.ceil(params.bytes / 20) } : {}),
        };
  return { ...benchmark, params: { ...params, ...short } };
}

/**
 * The cases of these parts whose names hold one of the filters; all without either.
 *
 * @param {{ only?: string[], filters?: string[], quick?: boolean }} [options]
 */
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
