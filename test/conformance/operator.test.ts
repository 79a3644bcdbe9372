import { OPERATOR } from "./groups/operator.ts";
import { playGroup } from "./play.ts";

playGroup(OPERATOR);
