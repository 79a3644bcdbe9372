import { readFileSync } from "node:fs";

/** An option as its interface declares it. */
interface Option {
  readonly name: string;
  readonly type: string;
  readonly text: string;
  readonly fallback: string;
}

interface Section {
  readonly title: string;
  readonly file: string;
  readonly declared: string;
  /** In front of each name: of options that stand within another. */
  readonly prefix?: string;
}

const SECTIONS: readonly Section[] = [
  { title: "connect", file: "connect-options.ts", declared: "ConnectOptions" },
  {
    title: "reconnect, of connect",
    file: "connect-options.ts",
    declared: "ReconnectOptions",
    prefix: "reconnect.",
  },
  { title: "tls, of connect", file: "tls-options.ts", declared: "TlsOptions", prefix: "tls." },
  {
    title: "websocket, of connect",
    file: "websocket-options.ts",
    declared: "WebSocketOptions",
    prefix: "websocket.",
  },
  {
    title: "pending, of connect and subscribe",
    file: "delivery/pending.ts",
    declared: "PendingLimits",
    prefix: "pending.",
  },
  { title: "publish", file: "call-options.ts", declared: "PublishOptions" },
  { title: "subscribe", file: "call-options.ts", declared: "SubscribeOptions" },
  { title: "request", file: "call-options.ts", declared: "RequestOptions" },
  { title: "requestMany", file: "call-options.ts", declared: "RequestManyOptions" },
  { title: "whatever waits", file: "waiter.ts", declared: "WaitOptions" },
];

/** `docs/guide/options.md`, made of the declarations that editors show. */
export function optionsPage(): string {
  return `# All options

Each option with its default, as the declarations in \`src/core\` have them. What has no default is off, or absent.
Every other option of \`node:tls\` is taken under \`tls\` as well.
\`request\` takes those of [whatever waits](#whatever-waits) too. Unknown options are refused with the name that was
probably meant. This page is made of the declarations; a test holds it to them.

${SECTIONS.map(sectionText).join("\n\n")}
`;
}

function sectionText(section: Section): string {
  const rows = optionsOf(section).map(
    ({ name, type, text, fallback }) =>
      `| \`${section.prefix ?? ""}${name}\` | ${text} | ${cell(type)} | ${fallback === "" ? "" : cell(fallback)} |`,
  );
  return `## ${section.title}\n\n| option | what it does | type | default |\n|---|---|---|---|\n${rows.join("\n")}`;
}

function cell(code: string): string {
  const escaped = code.replaceAll("|", "\\|");
  return escaped.includes("`") ? escaped : `\`${escaped}\``;
}

function optionsOf({ file, declared }: Section): Option[] {
  const source = readFileSync(new URL(`../../src/core/${file}`, import.meta.url), "utf8");
  const start = source.search(new RegExp(`^export interface ${declared}\\b[^{]*\\{`, "m"));
  const body = source.slice(source.indexOf("{", start) + 1, source.indexOf("\n}", start));
  return [...body.matchAll(MEMBER)]
    .map(([, comment = "", name = "", type = ""]) => {
      const [text = "", fallback = ""] = oneLine(comment.replaceAll(/\n\s*\*/g, " ")).split(/\s*@default\s*/);
      const shown = oneLine(type).replace(/^: /, "").replaceAll("readonly ", "");
      return { name, type: shown, text: plain(text), fallback };
    })
    .filter(({ text }) => text !== "" || declared !== "TlsOptions");
}

/** A member of an interface, indented by two, with the docstring in front of it. */
const MEMBER = /(?:^ {2}\/\*\*([^]*?)\*\/\n)?^ {2}(?:readonly )?(\w+)\??((?:: |\()[^]*?);$/gm;

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** Without what only editors understand. */
function plain(text: string): string {
  return text.replaceAll(/\{@link ([\w.]+)\}/g, "`$1`").replaceAll("|", "\\|");
}
