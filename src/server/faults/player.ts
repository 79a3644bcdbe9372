import { AbortError } from "../../core/errors.ts";
import { pause } from "../pause.ts";
import type { Random } from "../routing/random.ts";
import type { Client } from "../session/client.ts";
import { linkChange } from "./link-change.ts";
import type { Injector, Switched } from "./injector.ts";
import type { FaultName, FaultStep, FaultTargets } from "./plan.ts";
import type { Only } from "./only.ts";
import type { FaultyServer } from "./faulty-server.ts";

/** A step of a plan that was carried out. */
export interface PlayedStep {
  /** Its place in the plan, from 0. */
  readonly step: number;
  readonly fault: FaultName;
  /** Milliseconds after the beginning of the plan. */
  readonly at: number;
  /** The connections that it hit, by name and then by id. */
  readonly connections: readonly { readonly id: number; readonly name: string }[];
}

/** What ends a plan before its last step. */
export interface PlanEnds {
  readonly signal: AbortSignal | undefined;
  /** The server is stopped: nothing is left to do. */
  readonly stopped: AbortSignal;
}

type TargetedStep = Extract<FaultStep, FaultTargets & { readonly only?: Only }>;

/** Carries out a plan once. */
export class Player {
  readonly #injector: Injector;
  readonly #server: FaultyServer;
  readonly #startedAt = performance.now();
  readonly #played: PlayedStep[] = [];
  /** What is on for some time: each resolves when it is off again. */
  readonly #running: Promise<void>[] = [];
  readonly #over = new AbortController();

  constructor(injector: Injector, server: FaultyServer) {
    this.#injector = injector;
    this.#server = server;
  }

  async play(steps: readonly FaultStep[], random: Random, ends: PlanEnds): Promise<PlayedStep[]> {
    const { signal, stopped } = ends;
    const end = (): void => this.#over.abort();
    // Drawn at once and for every step: what happens meanwhile can't change what a step gets.
    const draws = steps.map(() => ({ luck: random(), lot: random() }));
    signal?.addEventListener("abort", end);
    stopped.addEventListener("abort", end);
    if (signal?.aborted === true) end();
    try {
      for (const [i, step] of steps.entries()) {
        await pause(step.after ?? 0, this.#over.signal);
        if (this.#over.signal.aborted) break;
        if (draws[i]!.luck < (step.chance ?? 1)) await this.#carryOut(step, i, draws[i]!.lot);
      }
    } catch (error) {
      end();
      throw error;
    } finally {
      await Promise.all(this.#running);
      signal?.removeEventListener("abort", end);
      stopped.removeEventListener("abort", end);
    }
    if (signal?.aborted === true) {
      throw new AbortError("aborted while playing a plan of faults", { cause: signal.reason });
    }
    return this.#played;
  }

  async #carryOut(step: FaultStep, number: number, lot: number): Promise<void> {
    const at = Math.round(performance.now() - this.#startedAt);
    const note = (clients: readonly Client[]): void => {
      if (clients.length === 0 && isTargeted(step)) {
        this.#injector.tell(`step ${number} of a plan (${step.fault}) hits no connection`);
      }
      const connections = clients.map(({ id, request }) => ({ id, name: request.name }));
      this.#played.push({ step: number, fault: step.fault, at, connections });
    };
    if (isTargeted(step)) note(this.#hit(step, lot));
    else await this.#change(step, note);
  }

  /** What concerns the whole server. */
  async #change(
    step: Exclude<FaultStep, TargetedStep>,
    note: (clients: readonly Client[]) => void,
  ): Promise<void> {
    const server = this.#server;
    switch (step.fault) {
      case "refuse":
        note([]);
        await server.refuse(true);
        if (step.for !== undefined) this.#running.push(this.#after(step.for, () => server.refuse(false)));
        return;
      case "accept":
        note([]);
        await server.refuse(false);
        return;
      case "clear":
        note([]);
        this.#injector.clear();
        await server.refuse(false);
        return;
      case "lameDuck":
        note(this.#injector.victims());
        await this.#unlessOver(server.lameDuck());
        return;
      case "restart": {
        note(this.#injector.victims());
        const { keepState = true, downtime = 0 } = step;
        await this.#unlessOver(server.restart({ keepState, downtime }));
        return;
      }
    }
  }

  /** A plan that is over doesn't wait for what it has begun. */
  async #unlessOver(work: Promise<void>): Promise<void> {
    const over = new AbortController();
    const isOver = new Promise<void>((resolve) => {
      this.#over.signal.addEventListener("abort", () => resolve(), { signal: over.signal });
    });
    work.catch(() => undefined);
    try {
      await Promise.race([work, isOver]);
    } finally {
      over.abort();
    }
  }

  async #after(milliseconds: number, end: () => void | Promise<void>): Promise<void> {
    await pause(milliseconds, this.#over.signal);
    await end();
  }

  /** What concerns connections; returns those that it hit. */
  #hit(step: TargetedStep, lot: number): readonly Client[] {
    const injector = this.#injector;
    const all = injector.victims(step.only);
    const clients = step.pick === "one" ? all.slice(...one(all.length, lot)) : all;
    switch (step.fault) {
      case "disconnect":
        injector.disconnect(clients, step.how ?? "clean");
        break;
      case "garbage":
        injector.garbage(clients, step.size);
        break;
      case "expireCredentials":
        injector.expire(clients);
        break;
      case "stall":
      case "delay":
      case "split":
      case "merge":
      case "dropReplies":
        if (step.pick !== "one") this.#switchOn(step, step.only);
        else if (clients.length > 0) this.#switchOn(step, clients[0]!.id);
    }
    return clients;
  }

  #switchOn(step: Extract<TargetedStep, { readonly for?: number }>, only: Only | undefined): void {
    const switched: Switched =
      step.fault === "dropReplies"
        ? this.#injector.dropReplies(only, step.count ?? Infinity, step.fraction ?? 1)
        : this.#injector.last(step.fault, only, linkChange(step));
    if (step.for !== undefined) this.#running.push(this.#after(step.for, switched.end));
  }
}

function isTargeted(step: FaultStep): step is TargetedStep {
  return !["refuse", "accept", "clear", "lameDuck", "restart"].includes(step.fault);
}

/** The place of one among as many, as arguments of `slice`. */
function one(count: number, lot: number): [number, number] {
  const at = Math.floor(lot * count);
  return [at, at + 1];
}
