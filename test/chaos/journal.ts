import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fleet } from "./fleet.ts";

const FOLDER = join(".cache", "chaos");
const FILE = join(FOLDER, "journal.log");

/**
 * All that happened, to find out afterwards why something broke. Servers' logs have the same clock. It is on disk and
 * not in memory, for the run measures its own heap.
 */
export class Journal {
  constructor() {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(FILE, "");
  }

  note(line: string): void {
    appendFileSync(FILE, `${new Date().toISOString()} ${line}\n`);
  }

  /** Adds what the servers logged; returns the folder of all. */
  addLogs(fleet: Fleet): string {
    for (const { number, server } of fleet.places) {
      writeFileSync(join(FOLDER, `server-${number}.log`), server.output());
    }
    return FOLDER;
  }
}
