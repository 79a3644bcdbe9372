import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fleet } from "./fleet.ts";

/** Lines that are kept: the last ones tell what led to a breach. */
const MEMORY = 4000;

/** All that happened of late, to find out afterwards why something broke. Servers' logs have the same clock. */
export class Journal {
  #lines: string[] = [];

  note(line: string): void {
    this.#lines.push(`${new Date().toISOString()} ${line}`);
    if (this.#lines.length > MEMORY) this.#lines = this.#lines.slice(MEMORY / 2);
  }

  /** Writes it and what the servers logged; returns the folder. */
  write(fleet: Fleet): string {
    const folder = join(".cache", "chaos");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "journal.log"), `${this.#lines.join("\n")}\n`);
    for (const { number, server } of fleet.places) {
      writeFileSync(join(folder, `server-${number}.log`), server.output());
    }
    return folder;
  }
}
