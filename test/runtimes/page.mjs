// Browsers: the smoke suite as a function that whoever drives the page can call.
import { natspeed } from "./entries.mjs";
import { smoke } from "./smoke.mjs";

Object.assign(globalThis, {
  smoke: (/** @type {any} */ surroundings) => smoke(natspeed, surroundings),
});
