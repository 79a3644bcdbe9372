// Node, Bun and Deno: runs the smoke suite with the surroundings of the first argument, and prints what came of it.
import { natspeed } from "./entries.mjs";
import { smoke } from "./smoke.mjs";

const surroundings = { ...JSON.parse(process.argv[2] ?? "{}"), listens: true };
const results = await smoke(natspeed, surroundings);
console.log(JSON.stringify(results));
