import { parseArgs } from "node:util";
import { selectCases } from "./cases.mjs";

const DEFAULT_ROUNDS = 15;

/**
 * The options that run.mjs and compare.mjs share. `only` holds the parts that are run when the command line names none;
 * all when it is empty.
 *
 * @param {{ allowPositionals?: boolean, only?: string[] }} [options]
 */
export function readOptions({ allowPositionals = false, only = [] } = {}) {
  const { values, positionals } = parseArgs({
    allowPositionals,
    options: {
      rounds: { type: "string" },
      // No round begins later; what is missing the next run measures.
      minutes: { type: "string" },
      only: { type: "string", multiple: true, default: only },
      case: { type: "string", multiple: true, default: [] },
      quick: { type: "boolean", default: false },
      // Forgets what was measured before.
      fresh: { type: "boolean", default: false },
      // Measures nothing, and writes the pages of what there is.
      pages: { type: "boolean", default: false },
      before: { type: "string" },
    },
  });
  return {
    cases: selectCases({ only: values.only, filters: values.case, quick: values.quick }),
    rounds: positive("rounds", values.rounds ?? (values.quick ? 1 : DEFAULT_ROUNDS), Number.isInteger),
    minutes: positive("minutes", values.minutes ?? Infinity, (value) => value > 0),
    quick: values.quick,
    fresh: values.fresh,
    pagesOnly: values.pages,
    before: values.before,
    positionals,
  };
}

/** @param {string} name @param {string | number} given @param {(value: number) => boolean} isValid */
function positive(name, given, isValid) {
  const value = Number(given);
  if (!(value > 0 && isValid(value))) throw new Error(`--${name} ${given}: a number above 0`);
  return value;
}
