/**
 * Whether the system's package manager may be asked to install something. Only whoever sets `NATSPEED_INSTALL=true` wants
 * that: everybody else is told what to install.
 *
 * @param {NodeJS.ProcessEnv} [env]
 */
export function mayInstall(env = process.env) {
  return /^(?:true|1)$/.test(env["NATSPEED_INSTALL"] ?? "");
}
