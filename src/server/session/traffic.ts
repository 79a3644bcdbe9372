/** What has passed. */
export interface Traffic {
  inMessages: number;
  inBytes: number;
  outMessages: number;
  outBytes: number;
  /** Clients that were cut off because they read too slowly. */
  slowConsumers: number;
}

export function newTraffic(): Traffic {
  return { inMessages: 0, inBytes: 0, outMessages: 0, outBytes: 0, slowConsumers: 0 };
}

export function countIn(traffic: Traffic, size: number): void {
  traffic.inMessages++;
  traffic.inBytes += size;
}

export function countOut(traffic: Traffic, size: number): void {
  traffic.outMessages++;
  traffic.outBytes += size;
}
