// Stores an object for the sides that read it: `node store-object.mjs <url> <store> <name> <bytes>`.
import { connect } from "../../dist/index.js";
import { objectStore } from "../../dist/object-store/index.js";

const PIECE = 65_536;
const [url = "", store = "", name = "", bytes = ""] = process.argv.slice(2);

async function* source() {
  for (let left = Number(bytes); left > 0; left -= PIECE)
    yield new Uint8Array(Math.min(PIECE, left)).fill(97);
}

const nc = await connect(url);
await (await objectStore(nc).get(store)).put(name, source());
await nc.close();
