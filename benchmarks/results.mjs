import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A run. @typedef {{ date: string, busy?: number, load?: number }} Session */

/**
 * The raw figures of a page, in a file of the repository: what each side measured in each round of each case, and on what
 * they depend. A run adds to those of an earlier one if all of that is the same.
 */
export class Results {
  #path;
  /** @type {{ machine: string[][], sessions: Session[], cases: Record<string, object[]> }} */
  #content;

  /**
   * @param {string} path
   * @param {{ machine: string[][], isFresh: boolean }} options
   */
  constructor(path, { machine, isFresh }) {
    this.#path = path;
    const found = isFresh ? undefined : read(path);
    const isSame = found !== undefined && JSON.stringify(found.machine) === JSON.stringify(machine);
    this.#content = isSame ? found : { machine, sessions: [], cases: {} };
  }

  /** What was measured before, whatever it depends on. @param {string} path */
  static existing(path) {
    const found = read(path);
    if (found === undefined) return undefined;
    return new Results(path, { machine: found.machine, isFresh: false });
  }

  get machine() {
    return this.#content.machine;
  }

  get sessions() {
    return this.#content.sessions;
  }

  /** @param {Session} session */
  begin(session) {
    this.#content.sessions.push(session);
  }

  /** @param {{ name: string }} benchmark @returns {readonly any[]} */
  roundsOf({ name }) {
    return this.#content.cases[name] ?? [];
  }

  /** @param {{ name: string }} benchmark @param {Readonly<Record<string, object>>} round by side */
  add({ name }, round) {
    (this.#content.cases[name] ??= []).push(round);
    this.#write();
  }

  /** A round a line, so that a change shows what was measured. */
  #write() {
    const { machine, sessions, cases } = this.#content;
    const lines = (list) => list.map((entry) => `      ${JSON.stringify(entry, rounded)}`).join(",\n");
    const texts = Object.entries(cases).map(
      ([name, rounds]) => `    ${JSON.stringify(name)}: [\n${lines(rounds)}\n    ]`,
    );
    const text = `{
  "machine": ${JSON.stringify(machine)},
  "sessions": ${JSON.stringify(sessions)},
  "cases": {
${texts.join(",\n")}
  }
}
`;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, text);
  }
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** What stands around a result already, or is on no page. */
const LEFT_OUT = new Set(["side", "case", "rssBytes", "granted"]);

/** Six digits are more than any figure deserves. */
function rounded(key, value) {
  if (LEFT_OUT.has(key)) return undefined;
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}
