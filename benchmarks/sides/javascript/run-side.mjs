import { jetStreamConsume } from "./jetstream-consume.mjs";
import { jetStreamPublish } from "./jetstream-publish.mjs";
import { kvEntries } from "./kv-entries.mjs";
import { kvListing } from "./kv-listing.mjs";
import { kvView } from "./kv-view.mjs";
import { memory } from "./memory.mjs";
import { objects } from "./objects.mjs";
import { publish } from "./publish.mjs";
import { receive } from "./receive.mjs";
import { request } from "./request.mjs";
import { service } from "./service.mjs";

const cases = {
  publish,
  receive,
  request,
  memory,
  "jetstream-publish": jetStreamPublish,
  "jetstream-consume": jetStreamConsume,
  "kv-entries": kvEntries,
  "kv-listing": kvListing,
  "kv-view": kvView,
  objects,
  service,
};

/**
 * The program of a JavaScript side: `<case> <json-params>` on the command line, one line of JSON on
 * stdout. Every library does the same work; `makeLibrary` gives the few spellings that differ.
 */
export async function runSide(side, makeLibrary) {
  const [name, json] = process.argv.slice(2);
  const params = JSON.parse(json);
  try {
    const result = await cases[name](await makeLibrary(params), params);
    process.stdout.write(`${JSON.stringify({ side, case: name, ...result })}\n`);
  } catch (error) {
    process.stderr.write(`${side} ${name}: ${error.stack}\n`);
    process.exit(1);
  }
}
