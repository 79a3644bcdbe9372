import { OPERATIONS } from "./groups/operations.ts";
import { playGroup } from "./play.ts";

playGroup(OPERATIONS);
