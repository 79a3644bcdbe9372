// Who is who for a server with TLS, as PEM text: made anew for each run.
import { newCertificates } from "./certificates.mjs";

/**
 * @typedef {object} Identities
 * @property {string} ca the authority that all of them trust
 * @property {{ cert: string, key: string }} server
 * @property {{ cert: string, key: string }} client
 * @property {{ cert: string, key: string }} stranger of an authority that nobody trusts
 */

/** @returns {Promise<Identities>} */
export async function issueIdentities() {
  const certificates = await newCertificates();
  try {
    const authority = await certificates.authority();
    const other = await certificates.authority("another authority");
    return {
      ca: authority.cert,
      server: pemOf(await authority.issue()),
      client: pemOf(await authority.issue({ commonName: "client" })),
      stranger: pemOf(await other.issue({ commonName: "stranger" })),
    };
  } finally {
    certificates[Symbol.dispose]();
  }
}

/** @param {import("../../test/support/certificates.ts").Identity} identity */
function pemOf({ cert, key }) {
  return { cert, key };
}
