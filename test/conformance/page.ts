import type { Group } from "./scenario.ts";

/** `docs/conformance.md`: what both servers are put through. */
export function conformancePage(groups: readonly Group[]): string {
  const all = groups.flatMap(({ scenarios }) => scenarios);
  return `# Conformance

What the in-process server (\`natspeed/server\`) and nats-server are both put through, over raw sockets: each scenario is
played at one and at the other, with the same configuration, and every line that any peer heard must be the same, and
whether the connection was closed. Left out of the comparison is what each server has of its own: identifiers, ports,
its build, and the moments at which it sends PING.

\`npm run conformance\` runs it; it is part of \`npm test\`. This page is made from the scenarios.

| Group | Scenarios, all the same |
|---|--:|
${groups.map(({ name, scenarios }) => `| ${name} | ${scenarios.length} |`).join("\n")}
| all | ${all.length} |

The web-socket listener and the monitoring pages are compared in the same way, in \`test/server/\`.

## The scenarios

${groups.map(list).join("\n\n")}
`;
}

function list({ name, scenarios }: Group): string {
  return `### ${name}\n\n${scenarios.map((scenario) => `- ${code(scenario.name)}`).join("\n")}`;
}

/** What is sent, as code; a description stays as it is. */
function code(name: string): string {
  const [, description = "", sent] = /^((?:[a-z ]+: )?)(.*(?:\\n|\\r|\\t| bytes\)).*)$/.exec(name) ?? [];
  return sent === undefined ? name : `${description}\`${sent}\``;
}
