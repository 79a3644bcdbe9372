import { QUEUES } from "./groups/queues.ts";
import { playGroup } from "./play.ts";

playGroup(QUEUES);
