import { REQUESTS } from "./groups/requests.ts";
import { playGroup } from "./play.ts";

playGroup(REQUESTS);
