import { TLS } from "./groups/tls.ts";
import { playGroup } from "./play.ts";

playGroup(TLS);
