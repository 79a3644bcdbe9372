import { utf8Length } from "../../core/protocol/text.ts";
import { invalidConfig } from "./invalid-config.ts";

const MAX_DESCRIPTION = 4096;
const MAX_METADATA = 131_072;

interface Texts {
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Throws `INVALID_CONFIG` for texts that are longer than any server takes. */
export function checkTexts(config: Texts): void {
  if (utf8Length(config.description ?? "") > MAX_DESCRIPTION) {
    throw invalidConfig("description", `it may have ${MAX_DESCRIPTION} bytes`);
  }
  let bytes = 0;
  for (const [name, value] of Object.entries(config.metadata ?? {}))
    bytes += utf8Length(name) + utf8Length(value);
  if (bytes > MAX_METADATA)
    throw invalidConfig("metadata", `it has ${bytes} bytes, and may have ${MAX_METADATA}`);
}
