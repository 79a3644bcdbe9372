import { GREETING } from "./groups/greeting.ts";
import { playGroup } from "./play.ts";

playGroup(GREETING);
