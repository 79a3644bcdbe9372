/** Reads the control lines of a stream of the protocol, in one direction, and steps over the payloads. */
export class ControlLines {
  readonly #onLine: (line: string) => void;
  readonly #decoder: TextDecoder = new TextDecoder();
  #line = "";
  /** Bytes of a payload that are still to come, its line break included. */
  #payload = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  feed(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const stepped = Math.min(this.#payload, chunk.length - at);
      this.#payload -= stepped;
      at += stepped;
      if (at < chunk.length) at = this.#feedLine(chunk, at);
    }
  }

  #feedLine(chunk: Uint8Array, from: number): number {
    const lineBreak = chunk.indexOf(LF, from);
    const end = lineBreak < 0 ? chunk.length : lineBreak;
    this.#line += this.#decoder.decode(chunk.subarray(from, end), { stream: true });
    if (lineBreak < 0) return end;
    const line = this.#line.trimEnd();
    this.#line = "";
    this.#payload = payloadOf(line);
    this.#onLine(masked(line));
    return end + 1;
  }
}

const LF = 0x0a;

/** How many bytes follow a control line. */
function payloadOf(line: string): number {
  if (!/^H?(?:PUB|MSG)\s/i.test(line)) return 0;
  const size = Number(line.slice(line.lastIndexOf(" ") + 1));
  return Number.isSafeInteger(size) ? size + 2 : 0;
}

const SECRETS = ["pass", "auth_token", "jwt", "sig"];

/** Without what must not be in a log. */
function masked(line: string): string {
  if (!/^CONNECT\s/i.test(line)) return line;
  try {
    const shown = JSON.parse(line.slice("CONNECT ".length)) as Record<string, unknown>;
    for (const secret of SECRETS) if (secret in shown) shown[secret] = "***";
    return `CONNECT ${JSON.stringify(shown)}`;
  } catch {
    return "CONNECT (can't be read)";
  }
}
