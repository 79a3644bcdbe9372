/** What has passed. */
export interface Traffic {
  inMessages: number;
  inBytes: number;
  outMessages: number;
  outBytes: number;
  /** Clients that were cut off because they read too slowly. */
  slowConsumers: number;
  /** Clients that gave no sign of life. */
  staleConnections: number;
  /** How often a publisher was not read from because a subscriber was far behind. */
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
