import { PUBLISH } from "./groups/publish.ts";
import { playGroup } from "./play.ts";

playGroup(PUBLISH);
