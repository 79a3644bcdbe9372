// The certificates of the tests, for servers that want TLS.
import { pathToFileURL } from "node:url";
import { root } from "../setup.mjs";

/** @returns {Promise<import("../../test/support/certificates.ts").Certificates>} */
export async function newCertificates() {
  const { build } = await import("esbuild");
  const outfile = `${root}.cache/certificates.cjs`;
  await build({
    // The oldest Node that runs these scripts can't read TypeScript.
    entryPoints: [`${root}test/support/certificates.ts`],
    outfile,
    bundle: true,
    platform: "node",
    // What it imports for the effect alone comes first, whatever package.json says of the package itself.
    ignoreAnnotations: true,
  });
  const { Certificates } = await import(pathToFileURL(outfile).href);
  return new Certificates();
}
