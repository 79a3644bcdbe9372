import { isNatsError, type NatsError } from "../../core/errors.ts";
import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import type { StreamInfo } from "../config/stream-info.ts";
import type { Context } from "../context.ts";
import { readInfo } from "./read-info.ts";

/** What is known of a stream without another request. A handle shares it with those that `typed()` makes of it. */
export class KnownStream {
  readonly name: string;
  readonly #context: Context;
  #info: StreamInfo | undefined;
  #allowsDirect: boolean | undefined;
  #learning: Promise<boolean> | undefined;

  constructor(context: Context, name: string, info?: StreamInfo) {
    this.#context = context;
    this.name = name;
    if (info !== undefined) this.learn(info);
  }

  get info(): StreamInfo | undefined {
    return this.#info;
  }

  learn(info: StreamInfo): void {
    this.#info = info;
    this.#allowsDirect = info.config.allowDirect === true;
  }

  async ask(limits: WaitOptions, body?: Readonly<Record<string, unknown>>): Promise<StreamInfo> {
    const stream = this.name;
    const subject = `STREAM.INFO.${stream}`;
    const answer = await this.#context.api.request({ subject, body, stream, options: limits });
    const info = readInfo(this.#context, answer);
    this.learn(info);
    return info;
  }

  /** Whether a direct get is worth while. The server is asked once, for all who want to know at the same time. */
  async allowsDirect(limits: WaitOptions): Promise<boolean> {
    if (this.#allowsDirect !== undefined) return this.#allowsDirect;
    this.#learning ??= this.#learnDirect();
    const what = `what is known of the stream "${this.name}"`;
    const { signals } = this.#context.connection.foundation;
    const shared = signals.limits({ timeout: this.#context.timeout, ...limits });
    const waiter = new Waiter<boolean>(shared, { what });
    this.#learning.then(
      (allows) => waiter.resolve(allows),
      (error: NatsError) => waiter.reject(error),
    );
    return await waiter.promise;
  }

  /** Nobody answers direct gets any more: forgets that the stream allowed them. */
  forgetDirect(): void {
    this.#allowsDirect = undefined;
  }

  async #learnDirect(): Promise<boolean> {
    try {
      return (await this.ask({})).config.allowDirect === true;
    } catch (error) {
      // A client that may only read can't ask: the reads themselves tell.
      if (!isNatsError(error, "PUBLISH_DENIED")) throw error;
      this.#allowsDirect = true;
      return true;
    } finally {
      this.#learning = undefined;
    }
  }
}
