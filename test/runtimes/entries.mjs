// All that the entries give, as one object.
import * as core from "natspeed";
import * as jetstream from "natspeed/jetstream";
import * as kv from "natspeed/kv";
import * as objectStore from "natspeed/object-store";
import { startServer } from "natspeed/server";
import * as services from "natspeed/services";

/** @type {import("./smoke.mjs").Natspeed} */
export const natspeed = { ...core, ...jetstream, ...kv, ...objectStore, ...services, startServer };
