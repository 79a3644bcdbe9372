import { wrongValue } from "../../core/checks.ts";
import type { ApiAnswer } from "../api/api.ts";
import { JetStreamError } from "../errors.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * What belongs to the bytes of a backup and is not in them: the stream's configuration, and its state when the backup began.
 * JSON as it travels; other NATS tools keep it as `backup.json` beside the bytes.
 */
export interface BackupManifest {
  readonly config: Json;
  readonly state: Json;
}

/** Throws `INVALID_RESPONSE`. */
export function readManifest({ config, state }: ApiAnswer, stream: string): BackupManifest {
  if (isObject(config) && isObject(state)) return { config, state };
  const text = `the answer to the request for a backup of the stream "${stream}" has no configuration and state`;
  throw new JetStreamError("INVALID_RESPONSE", text, { stream });
}

/** Throws `INVALID_OPTION`. */
export function checkManifest(given: BackupManifest): BackupManifest {
  const { config, state } = isObject(given) ? given : {};
  if (!isObject(config)) throw wrongValue("manifest.config", "an object", config);
  if (!isObject(state)) throw wrongValue("manifest.state", "an object", state);
  return { config, state };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
