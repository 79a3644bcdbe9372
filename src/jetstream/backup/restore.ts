import type { ByteSource } from "../../core/byte-source.ts";
import { type Check, checkOptions, type Checks, wrongValue } from "../../core/checks.ts";
import { isNatsError, NatsError, toError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { checkJetStream } from "../check-jetstream.ts";
import { invalidResponse } from "../api/answer-fields.ts";
import { readAnswer } from "../api/read-answer.ts";
import { applyChanges } from "../config/changes.ts";
import { checkStreamName } from "../config/names.ts";
import { type StreamConfig, streamConfig } from "../config/stream-config.ts";
import type { Changes } from "../config/wire-format.ts";
import type { Context } from "../context.ts";
import type { JetStream } from "../jetstream.ts";
import { KnownStream } from "../stream/known-stream.ts";
import { readInfo } from "../stream/read-info.ts";
import { Stream } from "../stream/stream.ts";
import { incomplete } from "./backup-errors.ts";
import { BackupSource } from "./backup-source.ts";
import { type BackupManifest, checkManifest } from "./manifest.ts";
import { tellProgress, TRANSFER, type TransferOptions } from "./transfer-options.ts";
import { Upload } from "./upload.ts";

/** Options of {@link restore}. */
export interface RestoreOptions extends TransferOptions {
  /** Changes of the stream's configuration in the backup; null takes a field away. */
  readonly changes?: Changes<StreamConfig>;
}

const someChanges: Check<Changes<StreamConfig>> = (name, value) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw wrongValue(name, "an object", value);
};

const RESTORE: Checks<RestoreOptions> = { ...TRANSFER, changes: someChanges };

/** What was begun at the server. */
interface Begun {
  readonly stream: string;
  /** Where it takes the chunks. */
  readonly subject: string;
}

// JS-STR-38
/**
 * Makes a stream of a backup, with its consumers. They may deliver messages again that were acked shortly before the backup.
 *
 * The source of the bytes may pause for half an hour. `timeout` is for the answer to each chunk; the answer to the last one may
 * take a minute.
 *
 * Rejects with `STREAM_EXISTS`; with `BACKUP_INCOMPLETE` if the bytes end early, are no backup, or can't be read; with `ABORTED` or
 * `INVALID_OPTION`; and as `streams.create` does. Then the source is told to close, which is not waited for, and no stream is left;
 * if the stream could not be removed, the error's text says so. A backup of a server before 2.15 can't be restored under another
 * name.
 *
 * There is an example at {@link backup}.
 */
export async function restore(
  js: JetStream,
  manifest: BackupManifest,
  bytes: ByteSource,
  options: RestoreOptions = {},
): Promise<Stream> {
  const { context } = checkJetStream(js);
  const { changes, onProgress, ...limits } = checkOptions(options, RESTORE);
  const { config, state } = checkManifest(manifest);
  const wire = changes === undefined ? config : changedConfig(config, changes);
  const stream = checkStreamName(wire["name"] as string, "manifest.config.name");
  const source = new BackupSource(bytes, stream, limits.signal);
  try {
    // Nothing is begun before there is something to send: the server does not wait for long.
    const first = await source.read();
    if (first === undefined) throw incomplete(stream, "it has no bytes");
    const begun = { stream, subject: await begin(context, stream, { config: wire, state }, limits) };
    return await transfer(context, begun, source, first, { limits, onProgress });
  } catch (error) {
    // The source is closed meanwhile: it may take its time, or never come back.
    void source.cancel(error);
    throw error;
  }
}

/** The configuration as it travels, changed. */
function changedConfig(config: BackupManifest["config"], changes: Changes<StreamConfig>) {
  return streamConfig.toWire(applyChanges(streamConfig.fromWire(config), changes));
}

// {config, state} -> {deliver_subject}
async function begin(
  context: Context,
  stream: string,
  body: BackupManifest,
  options: WaitOptions,
): Promise<string> {
  const subject = `STREAM.RESTORE.${stream}`;
  const { deliver_subject: deliver } = await context.api.request({
    subject,
    body: { ...body },
    stream,
    options,
  });
  if (typeof deliver === "string") return deliver;
  throw invalidResponse(subject, '"deliver_subject" is not a text');
}

interface Transfer {
  readonly limits: WaitOptions;
  readonly onProgress: TransferOptions["onProgress"];
}

async function transfer(
  context: Context,
  begun: Begun,
  source: BackupSource,
  first: Uint8Array,
  { limits, onProgress }: Transfer,
): Promise<Stream> {
  let bytes = 0;
  const onSent = (size: number): void =>
    tellProgress(onProgress, { bytes: (bytes += size) }, (thrown) => source.fail(thrown));
  const upload = new Upload(context, { ...begun, limits, onSent });
  try {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined;) {
      await upload.write(chunk);
      chunk = await upload.keptAlive(() => source.read());
    }
    const answer = await upload.finish();
    source.check();
    const info = readInfo(context, readAnswer(answer, begun));
    return new Stream(context, new KnownStream(context, begun.stream, info));
  } catch (error) {
    throw withRest(error, await undo(context, begun));
  }
}

/** Removes what a failed restore has left. Returns the reason if something may be left. */
async function undo(
  { connection, api, timeout }: Context,
  { stream, subject }: Begun,
): Promise<Error | undefined> {
  try {
    // Tells the server that no more comes: else it could make the stream after this has removed it.
    await connection.request(subject, undefined, { timeout });
  } catch {
    // The server has given up before.
  }
  try {
    await api.request({ subject: `STREAM.DELETE.${stream}`, stream });
    return undefined;
  } catch (error) {
    return isNatsError(error, "STREAM_NOT_FOUND") ? undefined : toError(error);
  }
}

function withRest(error: unknown, left: Error | undefined): unknown {
  if (left !== undefined && error instanceof NatsError)
    error.message += `; what was restored of it may be left, for it could not be removed: ${left.message}`;
  return error;
}
