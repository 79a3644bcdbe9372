/** @import { Client } from "../clients/client.mjs" */

/**
 * The name of what two clients share: each pair has its own, for nats-server 2.15 may refuse a stream whose namesake was deleted
 * just before (10049).
 *
 * @param {string} what
 * @param {Client} one
 * @param {Client} other
 */
export function assetName(what, one, other) {
  return `${what}_${one.name}_${other.name}`.replaceAll(/\W/g, "_");
}
