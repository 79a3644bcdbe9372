import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const goBinary = pathOf("../.cache/nats-go-side");

function nodeSide(name, program, params = {}) {
  return { name, command: process.execPath, args: ["--expose-gc", pathOf(program)], params };
}

/** The natspeed side with the build of `library`, a URL; of this checkout when there is none. */
export function natspeedSide(name = "natspeed", library) {
  return nodeSide(name, "sides/natspeed.mjs", library ? { library } : {});
}

/** Builds the nats.go side; returns why it is left out, or undefined. */
function buildGoSide() {
  mkdirSync(pathOf("../.cache"), { recursive: true });
  const { error, status, stderr } = spawnSync("go", ["build", "-o", goBinary, "."], {
    cwd: pathOf("sides/nats-go"),
    encoding: "utf8",
  });
  if (error?.code === "ENOENT") return "Go is not installed";
  if (error) return error.message;
  return status === 0 ? undefined : `it does not build: ${stderr.trim()}`;
}

/** The sides that can run here, and those that cannot with the reason. */
export function findContestants() {
  const contestants = [natspeedSide(), nodeSide("nats.js", "sides/nats-js.mjs")];
  const leftOut = [];
  const why = buildGoSide();
  if (why) leftOut.push({ name: "nats.go", why });
  else contestants.push({ name: "nats.go", command: goBinary, args: [], params: {} });
  contestants.push(nodeSide("raw socket", "sides/raw-socket.mjs"));
  return { contestants, leftOut };
}
