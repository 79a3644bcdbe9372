import { SCOPES } from "./groups/scopes.ts";
import { playGroup } from "./play.ts";

playGroup(SCOPES);
