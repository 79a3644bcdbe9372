import { AUTHENTICATION } from "./groups/authentication.ts";
import { playGroup } from "./play.ts";

playGroup(AUTHENTICATION);
