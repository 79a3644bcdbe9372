import { aBoolean, type Checks, checkOptions, wholeBetween } from "../../core/checks.ts";
import { AbortError } from "../../core/errors.ts";
import { checkJetStream } from "../check-jetstream.ts";
import { checkStreamName } from "../config/names.ts";
import type { JetStream } from "../jetstream.ts";
import { type BackupManifest, readManifest } from "./manifest.ts";
import { SnapshotReceiver } from "./snapshot-receiver.ts";
import { tellProgress, TRANSFER, type TransferOptions } from "./transfer-options.ts";

/** Options of {@link backup}. */
export interface BackupOptions extends TransferOptions {
  /** Whether the backup has the stream's consumers, and what they have delivered. @default true */
  readonly consumers?: boolean;
  /** Bytes of a chunk, 1024 to 1048576. @default 131072 (128 KiB) */
  readonly chunkSize?: number;
}

/** What {@link backup} gives. A restore needs both parts. */
export interface Backup {
  readonly manifest: BackupManifest;
  /**
   * The bytes, in a format that only servers read. The stream never ends early: it fails with `BACKUP_INCOMPLETE` or `ABORTED`. To
   * cancel it ends the backup.
   */
  readonly readable: ReadableStream<Uint8Array>;
}

const MIN_CHUNK = 1024;
const MAX_CHUNK = 1024 * 1024;
const DEFAULT_CHUNK = 128 * 1024;

/** Bytes that the server may send before the first of them are acked. */
const WINDOW = 4 * 1024 * 1024;

const BACKUP: Checks<BackupOptions> = {
  ...TRANSFER,
  consumers: aBoolean,
  chunkSize: wholeBetween(MIN_CHUNK, MAX_CHUNK),
};

// JS-STR-37, JS-STR-44
/**
 * Makes a backup of a stream: of its messages, its consumers and its configuration. Resolves when the server begins to send it.
 *
 * The bytes come as fast as you read them; some 4 MiB wait here. A server gives up a client that takes nothing, so while you pause up
 * to 64 MiB are taken. That gives you 16 minutes, or 2 with the largest `chunkSize`. A lost link ends the backup.
 *
 * Rejects with `STREAM_NOT_FOUND`, `INVALID_OPTION`, and as a request does.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { backup, jetstream, restore } from "natspeed/jetstream";
 *
 * const nc = await connect();
 * const js = jetstream(nc);
 * await js.streams.create({ name: "BILLS", subjects: ["bills.>"] });
 * await js.publish("bills.1", "paid");
 * const { manifest, readable } = await backup(js, "BILLS", { onProgress: ({ bytes }) => console.log(bytes) });
 * const copy = await restore(js, manifest, readable, { changes: { name: "OLD_BILLS", subjects: ["old.bills.>"] } });
 * console.log((await copy.info()).state.messages);
 * await nc.close();
 * ```
 */
export async function backup(js: JetStream, stream: string, options: BackupOptions = {}): Promise<Backup> {
  const { context } = checkJetStream(js);
  const checked = checkOptions(options, BACKUP);
  const { consumers = true, chunkSize = DEFAULT_CHUNK, onProgress, ...limits } = checked;
  checkStreamName(stream);
  if (limits.signal?.aborted === true)
    throw new AbortError(`the backup of the stream "${stream}" was aborted`, { cause: limits.signal.reason });
  let bytes = 0;
  let total: number | undefined;
  const receiver = new SnapshotReceiver({
    connection: context.connection,
    stream,
    timeout: limits.timeout ?? context.timeout,
    signal: limits.signal,
    onRead(length) {
      bytes += length;
      const progress = total === undefined ? { bytes } : { bytes, total };
      tellProgress(onProgress, progress, (thrown) => receiver.fail(thrown));
    },
  });
  try {
    const answer = await context.api.request({
      subject: `STREAM.SNAPSHOT.${stream}`,
      body: {
        deliver_subject: receiver.subject,
        no_consumers: !consumers,
        chunk_size: chunkSize,
        window_size: WINDOW,
      },
      stream,
      options: limits,
    });
    const manifest = readManifest(answer, stream);
    total = Number(manifest.state["bytes"]) || undefined;
    return { manifest, readable: receiver.readable };
  } catch (error) {
    receiver.close();
    throw error;
  }
}
