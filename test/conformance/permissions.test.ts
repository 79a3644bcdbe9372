import { PERMISSIONS } from "./groups/permissions.ts";
import { playGroup } from "./play.ts";

playGroup(PERMISSIONS);
