import { SUBSCRIBE } from "./groups/subscribe.ts";
import { playGroup } from "./play.ts";

playGroup(SUBSCRIBE);
