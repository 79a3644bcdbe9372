/** A chat over core NATS, and a bucket that is shown live. `npm run demo:browser` starts it with a server; `?server=ws://…` names another. */
import { connect } from "natspeed";
import { showBucket } from "./bucket.ts";
import { showChat } from "./chat.ts";
import { element } from "./element.ts";
import { showLinkStatus } from "./link-status.ts";
import { showPeople } from "./people.ts";
import { offerLoad, showTraffic } from "./traffic.ts";

const NAMES = ["Ada", "Ben", "Cleo", "Dag", "Eve", "Finn", "Gro", "Hugo", "Ida", "Jon"];

const query = new URLSearchParams(location.search);
const name = element("name") as HTMLInputElement;
name.value = query.get("name") ?? NAMES[Math.floor(Math.random() * NAMES.length)]!;

const nc = await connect({
  servers: query.get("server") ?? "ws://127.0.0.1:8080",
  name: "natspeed browser example",
  // The page is of use before the server is there, and says what it waits for.
  reconnect: { firstConnect: "background" },
});
showLinkStatus(nc);
showChat(nc, () => name.value);
showPeople(nc, () => name.value);
showTraffic(nc);
showBucket(nc);
offerLoad(nc);
