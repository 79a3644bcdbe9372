import type { Group } from "./scenario.ts";

/** `docs/conformance.md`: what both servers are put through. */
export function conformancePage(groups: readonly Group[]): string {
  const all = groups.flatMap(({ scenarios }) => scenarios);
  const differences = all.filter(({ difference }) => difference !== undefined);
  return `# Conformance

What the in-process server (\`natspeed/server\`) and nats-server are both put through, over raw sockets: each scenario is
played at one and at the other, with the same configuration, and every line that any peer heard must be the same, and
whether the connection was closed. Left out of the comparison is what each server has of its own: identifiers, ports,
its build, and the moments at which it sends PING.

\`npm run conformance\` runs it; it is part of \`npm test\`. This page is made from the scenarios.

| Group | Scenarios | The same | Different on purpose |
|---|--:|--:|--:|
${groups.map(row).join("\n")}
| all | ${all.length} | ${all.length - differences.length} | ${differences.length} |

The web-socket listener and the monitoring pages are compared in the same way, in \`test/server/\`.

## Different on purpose

${differences.map(({ name, difference }) => `- ${code(name)}: ${difference}.`).join("\n")}

## The scenarios

${groups.map(list).join("\n\n")}
`;
}

function row({ name, scenarios }: Group): string {
  const different = scenarios.filter(({ difference }) => difference !== undefined).length;
  return `| ${name} | ${scenarios.length} | ${scenarios.length - different} | ${different} |`;
}

function list({ name, scenarios }: Group): string {
  return `### ${name}\n\n${scenarios.map((scenario) => `- ${code(scenario.name)}`).join("\n")}`;
}

/** What is sent, as code; a description stays as it is. */
function code(name: string): string {
  const [, description = "", sent] = /^((?:[a-z ]+: )?)(.*(?:\\n|\\r|\\t| bytes\)).*)$/.exec(name) ?? [];
  return sent === undefined ? name : `${description}\`${sent}\``;
}
