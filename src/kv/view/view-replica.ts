import type { MessageHeaders } from "../../core/protocol/headers.ts";
import type { Marker } from "../entry.ts";
import type { RemovalFacts, Replica } from "./replica.ts";

/** How a key lost its value. */
export interface Removal extends RemovalFacts {
  readonly type: Marker["type"];
  readonly reason: Marker["reason"];
  readonly created: number;
  readonly headers: MessageHeaders | undefined;
}

export type ViewReplica = Replica<Removal>;
