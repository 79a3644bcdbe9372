import { NATS_SERVER_VERSION } from "../info.ts";

/** The page of `/`: where the others are. */
export function indexPage(name: string): string {
  const links = [
    ["varz", "General"],
    ["connz", "Connections"],
    ["subsz", "Subscriptions"],
    ["healthz", "Health probe"],
  ];
  const rows = links.map(
    ([path, title]) => `<li><a href="./${path}">${title}</a> <code>/${path}</code></li>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>NATS server ${escaped(name)}</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; margin: 3rem } code { color: #777 }</style>
<h1>NATS server</h1>
<p>${escaped(name)}, as nats-server ${NATS_SERVER_VERSION}, inside a process.</p>
<ul>${rows.join("")}</ul>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
