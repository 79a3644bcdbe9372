import { parseArgs } from "node:util";
import { selectCases } from "./cases.mjs";

const DEFAULT_ROUNDS = 5;

/**
 * The options that run.mjs and compare.mjs share: `{ cases, rounds, whole, positionals }`. `only` holds the parts that
 * are run when the command line names none; all when it is empty.
 */
export function readOptions({ allowPositionals = false, only = [] } = {}) {
  const { values, positionals } = parseArgs({
    allowPositionals,
    options: {
      rounds: { type: "string" },
      only: { type: "string", multiple: true, default: only },
      case: { type: "string", multiple: true, default: [] },
      quick: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : DEFAULT_ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${values.rounds}: a whole number from 1`);
  return {
    cases: selectCases({ only: values.only, filters: values.case, quick: values.quick }),
    rounds,
    whole: values.case.length === 0 && !values.quick,
    positionals,
  };
}
