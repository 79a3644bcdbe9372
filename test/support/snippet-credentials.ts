import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Operator } from "./operator.ts";

/** Writes the files that snippets name into `folder`, and returns the environment in which they are found. */
export async function writeCredentials(folder: string): Promise<Record<string, string>> {
  const operator = await Operator.create();
  const user = await operator.user();
  const home = join(folder, "home");
  mkdirSync(join(home, ".nats"), { recursive: true });
  writeFileSync(join(home, ".nats", "billing.creds"), user.creds);
  writeFileSync(join(home, "billing.nk"), user.seed);
  return {
    HOME: home,
    USERPROFILE: home,
    NKEYS_PATH: home,
    NATS_SEED: user.seed,
    NATS_JWT: user.jwt,
    NATS_CREDS: user.creds,
  };
}
