/** The server throws away what comes while 100,000 messages wait to be stored. */
const AT_ONCE = 10_000;

/** Publishes without acks, and waits until the bucket has it all. */
export async function fillBucket(nc, bucket, name, size, keys) {
  const payload = new Uint8Array(size).fill(97);
  for (let sent = 0; sent < keys;) {
    const end = Math.min(keys, sent + AT_ONCE);
    while (sent < end) nc.publish(`$KV.${name}.key.${sent++}`, payload);
    while ((await bucket.values()) < end) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
