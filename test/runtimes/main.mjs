// Node, Bun and Deno: runs the smoke suite with the surroundings of the first argument, and prints what came of it.
import * as natspeed from "natspeed";
import { smoke } from "./smoke.mjs";

const results = await smoke(natspeed, JSON.parse(process.argv[2] ?? "{}"));
console.log(JSON.stringify(results));
