// What every client can be told to do. Durations are milliseconds.

/** @typedef {{ key: string, op: "put" | "delete" | "purge", value: string, revision: number }} Entry */
/** @typedef {{ store: string, object?: string | undefined }} Link */
/** @typedef {Readonly<Record<string, string>>} Texts */

/**
 * @typedef {object} ObjectFacts
 * @property {string} name
 * @property {number} size
 * @property {number} chunks
 * @property {string} digest
 * @property {boolean} deleted
 * @property {string} description
 * @property {string} [header] of the field X-Kind
 * @property {Texts} [metadata]
 * @property {Link} [link]
 */

/**
 * @typedef {object} ServiceFacts
 * @property {string} id
 * @property {string} version
 * @property {Texts | undefined} metadata
 * @property {boolean} started its stats have a time
 * @property {readonly { name: string, subject: string, queue: string | undefined, requests: number | undefined, errors: number | undefined }[]} endpoints
 */

/**
 * `kvWatch` gives what is there, `count` entries; `kvWatched` so many changes since, and ends the watch. `objPut` makes the bytes of
 * filling.mjs. `svcAdd` offers `<name>.echo` and `<name>.refuse`. `jsTaken` with a count ends the taking.
 *
 * @typedef {object} Client
 * @property {string} name
 * @property {(given: { bucket: string, history?: number, markerTtl?: number }) => Promise<void>} kvCreate
 * @property {(given: { bucket: string, key: string, value: string }) => Promise<number>} kvPut
 * @property {(given: { bucket: string, key: string, value: string, ttl?: number }) => Promise<number>} kvAdd
 * @property {(given: { bucket: string, key: string, value: string, revision: number }) => Promise<number>} kvUpdate
 * @property {(given: { bucket: string, key: string }) => Promise<Entry | null>} kvGet
 * @property {(given: { bucket: string, key: string }) => Promise<void>} kvDelete
 * @property {(given: { bucket: string, key: string, ttl?: number }) => Promise<void>} kvPurge
 * @property {(given: { bucket: string, key: string }) => Promise<Entry[]>} kvHistory
 * @property {(given: { bucket: string }) => Promise<string[]>} kvKeys
 * @property {(given: { bucket: string, count: number }) => Promise<Entry[]>} kvWatch
 * @property {(given: { bucket: string, count: number }) => Promise<Entry[]>} kvWatched
 * @property {(given: { store: string }) => Promise<void>} objCreate
 * @property {(given: { store: string, name: string, size: number, chunkSize?: number, description?: string, headers?: Texts, metadata?: Texts }) => Promise<void>} objPut
 * @property {(given: { store: string, name: string }) => Promise<{ size: number, sha256: string }>} objGet
 * @property {(given: { store: string, name: string }) => Promise<ObjectFacts | null>} objInfo
 * @property {(given: { store: string, name: string }) => Promise<void>} objDelete
 * @property {(given: { store: string, name: string, to: string }) => Promise<void>} objRename
 * @property {(given: { store: string, name: string, to: string }) => Promise<void>} objLink
 * @property {(given: { store: string }) => Promise<string[]>} objList
 * @property {(given: { store: string }) => Promise<void>} objSeal
 * @property {(given: { name: string }) => Promise<string>} svcAdd
 * @property {(given: { subject: string, value: string }) => Promise<{ data: string, status: number, description: string }>} svcCall
 * @property {(given: { name: string }) => Promise<ServiceFacts>} svcFind
 * @property {(given: { name: string }) => Promise<void>} svcStop
 * @property {(given: { subject: string, value: string, msgId: string }) => Promise<{ seq: number, duplicate: boolean }>} jsPublish
 * @property {(given: { stream: string, durable: string }) => Promise<void>} jsTake
 * @property {(given: { stream: string, count: number }) => Promise<string[]>} jsTaken
 * @property {() => Promise<void>} close
 */

export const ACTIONS = /** @type {const} */ ([
  "kvCreate",
  "kvPut",
  "kvAdd",
  "kvUpdate",
  "kvGet",
  "kvDelete",
  "kvPurge",
  "kvHistory",
  "kvKeys",
  "kvWatch",
  "kvWatched",
  "objCreate",
  "objPut",
  "objGet",
  "objInfo",
  "objDelete",
  "objRename",
  "objLink",
  "objList",
  "objSeal",
  "svcAdd",
  "svcCall",
  "svcFind",
  "svcStop",
  "jsPublish",
  "jsTake",
  "jsTaken",
]);
