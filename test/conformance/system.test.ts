import { SYSTEM } from "./groups/system.ts";
import { playGroup } from "./play.ts";

playGroup(SYSTEM);
