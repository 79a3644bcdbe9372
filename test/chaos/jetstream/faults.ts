import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer, Stream } from "natspeed/jetstream";
import type { Fleet, Place } from "../fleet.ts";
import { describeFault, type Fault } from "./schedule.ts";

/**
 * Makes one fault after the other happen, each at its time, and puts right what it broke. It may come before all replicas have caught up
 * with what they missed in the one before: then there is no majority for a while, and nothing that was confirmed is lost.
 */
export async function makeFaults(
  schedule: readonly Fault[],
  { fleet, stream, bucket, consumer, tell, signal, onBegin, onOver }: FaultHost,
): Promise<void> {
  const startedAt = performance.now();
  for (const fault of schedule) {
    await pause(startedAt + fault.at - performance.now(), signal);
    if (signal.aborted) return;
    onBegin();
    tell(describeFault(fault));
    await perform(fault, await placeFor(fault, fleet, { stream, bucket }), {
      stream,
      bucket,
      consumer,
      signal,
    });
    onOver(fault);
  }
}

export interface FaultHost {
  readonly fleet: Fleet;
  readonly stream: Stream;
  /** Its stream. */
  readonly bucket: Stream;
  readonly consumer: Consumer;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
  readonly onBegin: () => void;
  readonly onOver: (fault: Fault) => void;
}

async function placeFor(
  { server }: Fault,
  fleet: Fleet,
  { stream, bucket }: Pick<FaultHost, "stream" | "bucket">,
): Promise<Place> {
  if (typeof server === "number") return fleet.places[server]!;
  const led = server === "leader" ? stream : bucket;
  const leader = (await led.info().catch(() => undefined))?.cluster?.leader;
  // Names are those of the cluster with a number: chaos-1 …
  return fleet.places[Number(leader?.split("-").at(-1) ?? 1) - 1] ?? fleet.places[0]!;
}

async function perform(
  { kind, ms }: Fault,
  place: Place,
  { stream, bucket, consumer, signal }: Pick<FaultHost, "stream" | "bucket" | "consumer" | "signal">,
): Promise<void> {
  switch (kind) {
    case "kill":
      await place.kill();
      await pause(ms, signal);
      await place.restart();
      return;
    case "freeze":
      await place.freeze();
      await pause(ms, signal);
      place.thaw();
      return;
    case "lame duck":
      place.lameDuck();
      await Promise.race([place.server.exited, pause(ms, signal)]);
      await place.kill();
      await place.restart();
      return;
    case "cut":
      place.door.cut();
      return;
    case "stall":
      place.door.stall("both");
      await pause(ms, signal);
      place.door.resume();
      return;
    // A cluster that is still electing refuses: it is a fault all the same.
    case "stream leader":
      await stream.peers.stepDown().catch(() => undefined);
      return;
    case "bucket leader":
      await bucket.peers.stepDown().catch(() => undefined);
      return;
    case "consumer leader":
      await consumer.peers.stepDown().catch(() => undefined);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {});
}
