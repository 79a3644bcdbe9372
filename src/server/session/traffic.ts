/** Counters of what has passed through. */
export interface Traffic {
  inMessages: number;
  inBytes: number;
  outMessages: number;
  outBytes: number;
  /** Clients that were cut off for reading too slowly. */
  slowConsumers: number;
  /** Clients that were cut off for not answering PINGs. */
  staleConnections: number;
  /** How often the server stopped reading from a publisher for a moment because a subscriber was far behind. */
  stalls: number;
}

export function newTraffic(): Traffic {
  return {
    inMessages: 0,
    inBytes: 0,
    outMessages: 0,
    outBytes: 0,
    slowConsumers: 0,
    staleConnections: 0,
    stalls: 0,
  };
}

export function countIn(traffic: Traffic, size: number): void {
  traffic.inMessages++;
  traffic.inBytes += size;
}

export function countOut(traffic: Traffic, size: number): void {
  traffic.outMessages++;
  traffic.outBytes += size;
}

/** Adds what has passed elsewhere. */
export function addTraffic(to: Traffic, more: Readonly<Traffic>): void {
  for (const name of Object.keys(to) as (keyof Traffic)[]) to[name] += more[name];
}
