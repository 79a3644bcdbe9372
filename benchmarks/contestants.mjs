import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildBefore } from "./checkouts.mjs";
import { findRuntime } from "./runtimes.mjs";

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const goBinary = pathOf("../.cache/nats-go-side");

function javascriptSide(name, program, { params = {}, runtime }) {
  const { command, args = [], why } = findRuntime(runtime);
  return { name, runtime, command, args: [...args, pathOf(program)], params, why };
}

/**
 * The natspeed side with the build of `library`, a URL; of this checkout when there is none.
 *
 * @param {{ name?: string, library?: string, runtime: string }} options
 */
export function natspeedSide({ name = "natspeed", library, runtime }) {
  return javascriptSide(name, "sides/natspeed.mjs", { params: library ? { library } : {}, runtime });
}

/** Builds the nats.go side; returns why it is left out, or undefined. */
function buildGoSide() {
  mkdirSync(pathOf("../.cache"), { recursive: true });
  const { error, status, stderr } = spawnSync("go", ["build", "-o", goBinary, "."], {
    cwd: pathOf("sides/nats-go"),
    encoding: "utf8",
  });
  if (error && "code" in error && error.code === "ENOENT") return "Go is not installed";
  if (error) return error.message;
  return status === 0 ? undefined : `it does not build: ${stderr.trim()}`;
}

function beforeSide(runtime, ref) {
  try {
    return natspeedSide({ name: "before", library: buildBefore(ref), runtime });
  } catch (error) {
    return { name: "before", runtime, why: `the build of ${ref} can't be made: ${error.message}` };
  }
}

/** In the order of the tables. */
const SIDES = {
  natspeed: (runtime) => natspeedSide({ runtime }),
  "nats.js": (runtime) => javascriptSide("nats.js", "sides/nats-js.mjs", { runtime }),
  "nats.go": (runtime) => ({
    name: "nats.go",
    runtime,
    command: goBinary,
    args: [],
    params: {},
    why: buildGoSide(),
  }),
  "raw socket": (runtime) => javascriptSide("raw socket", "sides/raw-socket.mjs", { runtime }),
  before: beforeSide,
  again: (runtime) => natspeedSide({ name: "again", runtime }),
};

/** `nats.js on bun` */
export function nameOf({ name, runtime }) {
  return `${name} on ${runtime}`;
}

/** Does this side run this case? `side` is for those that carry another name. */
export function takesPart({ name, side = name, runtime }, { sides, part }) {
  return runtime === part.runtime && sides.includes(side);
}

/** The sides of these cases that can run here, and those that cannot with the reason. */
export function findContestants(cases, before) {
  const found = [...new Set(cases.map(({ part }) => part.runtime))].flatMap((runtime) => {
    const sides = new Set(cases.filter(({ part }) => part.runtime === runtime).flatMap((one) => one.sides));
    return Object.keys(SIDES)
      .filter((name) => sides.has(name))
      .map((name) => SIDES[name](runtime, before));
  });
  return { contestants: found.filter(({ why }) => !why), leftOut: found.filter(({ why }) => why) };
}
