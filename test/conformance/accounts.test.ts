import { ACCOUNTS } from "./groups/accounts.ts";
import { playGroup } from "./play.ts";

playGroup(ACCOUNTS);
