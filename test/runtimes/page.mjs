// Browsers: the smoke suite as a function that whoever drives the page can call.
import * as natspeed from "natspeed";
import { startServer } from "natspeed/server";
import { smoke } from "./smoke.mjs";

Object.assign(globalThis, {
  smoke: (/** @type {any} */ surroundings) => smoke({ ...natspeed, startServer }, surroundings),
});
