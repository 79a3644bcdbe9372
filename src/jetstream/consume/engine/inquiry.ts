import { FIRST_ATTEMPTS } from "../../retries.ts";
import { BackOff } from "./back-off.ts";
import type {
  CheckResult,
  FailedCheck,
  OnMissing,
  PullEffect,
  PullFailure,
  PullLimits,
  Why,
} from "./pull-engine-types.ts";

/** A question about the consumer: whether it is there, or to make it anew. */
export type Question = "check" | "recreate";

/** What an answer means. */
export type Verdict =
  /** It is there. */
  | { readonly next: "pull"; readonly isNew: boolean; readonly limits: PullLimits | undefined }
  /** Nothing was learnt, for the reason in `failure`, and it may be well: pulling on will tell. */
  | { readonly next: "try"; readonly failure: PullFailure | undefined }
  /** The question is asked again later. `missing`: this is the first time that it is missing. */
  | {
      readonly next: "wait";
      readonly missing?: "consumer" | "stream" | undefined;
      readonly failure?: PullFailure | undefined;
    }
  | { readonly next: "fail"; readonly failure: PullFailure };

/** How long to wait before a question is asked again, in milliseconds: least and most. */
const LEAST_PAUSE = 250;
const MOST_PAUSE = 10_000;

const MISSING: Readonly<Record<"consumer" | "stream", PullFailure>> = {
  consumer: { code: "CONSUMER_NOT_FOUND", text: "the consumer is gone" },
  stream: { code: "STREAM_NOT_FOUND", text: "the stream is gone" },
};

/**
 * One question at a time about the consumer, asked until there is an answer that helps. It outlives an outage: what had to
 * be asked before is asked after.
 */
export class Inquiry {
  readonly #onMissing: OnMissing;
  readonly #backOff: BackOff;
  #question: Question | undefined;
  /** What made the consumer doubtful. */
  #why: Why = "new";
  #number = 0;
  /** When to ask; `Infinity` while the answer is awaited. */
  #askAt = Infinity;
  /** Neither a message nor a heartbeat has come since it was raised last. */
  #isRepeated = false;
  /** It was missing, and that was told. */
  #isMissing = false;
  /** JetStream has answered, now or before. */
  #isKnown: boolean;
  /** So often in a row nobody answered for JetStream. */
  #unanswered = 0;

  constructor(onMissing: OnMissing, random: () => number, isKnown = false) {
    this.#onMissing = onMissing;
    this.#isKnown = isKnown;
    this.#backOff = new BackOff({ least: LEAST_PAUSE, most: MOST_PAUSE, random });
  }

  get question(): Question | undefined {
    return this.#question;
  }

  get askAt(): number {
    return this.#question === undefined ? Infinity : this.#askAt;
  }

  /**
   * The question stands: an answer to an earlier one doesn't count any more. It is asked at once, but after a pause if
   * nothing has worked since the last one.
   */
  raise(question: Question, why: Why, at: number): void {
    this.#why = why;
    // That the link was lost again is no failure of the consumer: it has its pause when there is another one.
    const isFailure = this.#isRepeated && why !== "cut";
    this.#stand(question, isFailure ? this.#pause(at) : at);
  }

  /**
   * The link was lost, or there is another one: if there is a question, it is asked after a pause. The pause does not grow with
   * the number of links that were lost, or a reader would wait for long when the last one stays.
   */
  onLink(at: number): void {
    if (this.#question === undefined) return;
    this.#backOff.pause(at);
    this.#stand(this.#question, this.#backOff.until);
  }

  /** If there is a question, it is asked after a pause, which is longer each time. */
  putOff(at: number): void {
    if (this.#question !== undefined) this.#stand(this.#question, this.#pause(at));
  }

  #stand(question: Question, askAt: number): void {
    this.#question = question;
    this.#number += 1;
    this.#askAt = askAt;
    this.#isRepeated = true;
  }

  #pause(at: number): number {
    this.#backOff.failed(at);
    return this.#backOff.until;
  }

  /** The question, as an effect, under the number that its answer shall have. */
  ask(): PullEffect {
    this.#askAt = Infinity;
    const check = this.#number;
    return this.#question === "recreate"
      ? { type: "recreate", check, why: this.#why }
      : { type: "check", check };
  }

  /**
   * What the answer of that number means; undefined for one that doesn't count. `hasWorked`: the consumer has ever given a sign.
   */
  answer(number: number, result: CheckResult, at: number, hasWorked = false): Verdict | undefined {
    const question = this.#question;
    if (question === undefined || this.#askAt !== Infinity || number !== this.#number) return undefined;
    this.#isKnown ||= hasWorked;
    if (result.found) {
      this.#question = undefined;
      this.#isMissing = false;
      this.#isKnown = true;
      return { next: "pull", isNew: question === "recreate", limits: result.limits };
    }
    if ("refused" in result) return { next: "fail", failure: result.refused };
    if ("missing" in result) return this.#missing(result.missing, question, at);
    return this.#failed(result, question, at);
  }

  #failed({ failure, isUnanswered, isCut }: FailedCheck, question: Question, at: number): Verdict {
    this.#unanswered = isUnanswered === true ? this.#unanswered + 1 : 0;
    if (failure !== undefined && this.#isNowhere) return { next: "fail", failure };
    if (question === "check" && !this.#isMissing) {
      this.#question = undefined;
      return { next: "try", failure };
    }
    if (isCut === true) this.onLink(at);
    else this.putOff(at);
    return { next: "wait", failure };
  }

  /** There is no JetStream, as far as anybody knows: what has answered before comes back. */
  get #isNowhere(): boolean {
    const { stream, jetStream = stream } = this.#onMissing;
    return !this.#isKnown && jetStream === "fail" && this.#unanswered >= FIRST_ATTEMPTS;
  }

  #missing(what: "consumer" | "stream", question: Question, at: number): Verdict {
    this.#isKnown = true;
    const policy = this.#onMissing[what];
    if (policy === "fail") return { next: "fail", failure: MISSING[what] };
    if (policy === "recreate" && question === "check") this.#stand("recreate", at);
    else this.putOff(at);
    const isFirst = !this.#isMissing;
    this.#isMissing = true;
    return { next: "wait", missing: isFirst ? what : undefined };
  }

  /** A message or a heartbeat came: the next question is the first one. */
  worked(): void {
    this.#isRepeated = false;
    this.#backOff.succeeded();
  }
}
