import { LIMITS } from "./groups/limits.ts";
import { playGroup } from "./play.ts";

playGroup(LIMITS);
