import type {
  PullLimits,
  PullRequest,
  PullStatus,
} from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import type { DeliverPolicy } from "../../../../src/jetstream/consume/engine/ordered-engine-types.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Where a pull's statuses go. */
export interface ReplyTo {
  readonly generation: number;
  readonly pull: number;
}

/** A message as the consumer delivers it. */
export interface Delivery {
  readonly generation: number;
  readonly streamSeq: number;
  readonly deliverySeq: number;
  readonly bytes: number;
  readonly pin: string | undefined;
}

/** The client's side of the network. */
export interface ModelClient {
  hasInterest(generation: number): boolean;
  onDelivery(delivery: Delivery): void;
  onStatus(reply: ReplyTo, status: PullStatus): void;
}

export interface ModelOptions {
  /** At R > 1 data leaves so many milliseconds later than statuses: they overtake it. 0: R1. */
  readonly quorum: number;
  readonly acks: boolean;
  readonly ackWait: number;
  readonly isPinned: boolean;
  readonly maxWaiting: number;
  readonly limits: Partial<PullLimits>;
  /** From 0 to 1. */
  readonly random: () => number;
}

const MODEL: ModelOptions = {
  quorum: 0,
  acks: true,
  ackWait: 30_000,
  isPinned: false,
  maxWaiting: 512,
  limits: {},
  random: () => 0.5,
};

interface WaitingPull extends ReplyTo {
  readonly request: PullRequest;
  /** The pin that it waits with. */
  pin: string | undefined;
  batch: number;
  bytes: number;
  served: number;
  callOff: () => void;
  callOffHeartbeat: () => void;
}

/** A stored message, and how it stands with the consumer. */
interface Stored {
  readonly seq: number;
  readonly subject: number;
  readonly bytes: number;
  state: "pending" | "delivered" | "acked";
  isGone: boolean;
}

/** Data waits for its quorum; statuses, but for a timeout, don't. */
type Priority = "data" | "status" | "after-data";

/**
 * A consumer of nats-server 2.15.2, as far as a pulling client can see it: serves pulls in turn, tells their ends or is
 * silent about them, overtakes data with statuses, keeps pulls whose listener is gone until it comes to them, and changes
 * its leader, its pin and its limits. Facts and places in the server's source: `docs/decisions/0014-pull-engine.md`.
 */
export class ModelServer {
  readonly #time: VirtualTime;
  readonly #client: ModelClient;
  readonly #options: ModelOptions;
  readonly #stream: Stored[] = [];
  #waiting: WaitingPull[] = [];
  #limits: Partial<PullLimits>;
  #deliverySeq = 0;
  #pin: string | undefined;
  #pins = 0;
  #dataLeavesAt = 0;
  /** Raised by a new leader: what the old one still had to send is dropped. */
  #term = 0;
  /** Whether requests are lost, and nothing is sent. */
  isSilent = false;
  exists = true;
  /** Whether a message takes the place of the last one of its subject. */
  keepsOneOfEach = false;
  /** Whether nobody listens for pulls, though it is there. */
  isLeaderless = false;
  /** Whether its statuses are lost on the way. */
  losesStatuses = false;
  /** All that a pull was ever told to have been delivered for it: what a client must not miss. */
  delivered = 0;

  constructor(time: VirtualTime, client: ModelClient, options: Partial<ModelOptions> = {}) {
    this.#time = time;
    this.#client = client;
    this.#options = { ...MODEL, ...options };
    this.#limits = this.#options.limits;
  }

  get limits(): PullLimits {
    return {
      maxBatch: Infinity,
      maxExpires: Infinity,
      maxBytes: Infinity,
      maxAckPending: Infinity,
      ...this.#limits,
    };
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** What its pulls may still bring. */
  get promised(): number {
    return this.#waiting.reduce((sum, pull) => sum + pull.batch, 0);
  }

  get unacked(): number {
    return this.#stream.filter((stored) => stored.state !== "acked").length;
  }

  publish(count: number, bytes = 100, subject = 0): void {
    for (let i = 0; i < count; i++) {
      if (this.keepsOneOfEach) this.#supersede(subject);
      this.#stream.push({ seq: this.#stream.length + 1, subject, bytes, state: "pending", isGone: false });
    }
    this.#serve();
  }

  /** What is not kept any more is not delivered. */
  #supersede(subject: number): void {
    for (const stored of this.#stream) if (stored.subject === subject) stored.isGone = true;
  }

  get lastSeq(): number {
    return this.#stream.length;
  }

  /** The sequence of the last message of each subject. */
  get lastOfSubjects(): ReadonlySet<number> {
    return new Set(new Map(this.#stream.map(({ subject, seq }) => [subject, seq])).values());
  }

  /** The sequences of messages that have a successor of their subject. */
  get superseded(): ReadonlySet<number> {
    const { lastOfSubjects } = this;
    return new Set(this.#stream.map(({ seq }) => seq).filter((seq) => !lastOfSubjects.has(seq)));
  }

  /** Makes a consumer in place of the one before, and tells where it begins. */
  begin(policy: DeliverPolicy): {
    readonly delivered: number;
    readonly pending: number;
    readonly created: number;
  } {
    this.delete();
    const { lastSeq, lastOfSubjects } = this;
    const first =
      typeof policy === "object"
        ? (policy.startSeq ?? 1)
        : { all: 1, new: lastSeq + 1, last: lastSeq }[policy as "all"];
    const isWanted = (seq: number): boolean => (first === undefined ? lastOfSubjects.has(seq) : seq >= first);
    for (const stored of this.#stream)
      stored.state = isWanted(stored.seq) && !stored.isGone ? "pending" : "acked";
    this.exists = true;
    this.#deliverySeq = 0;
    const pending = this.#stream.filter(({ state }) => state === "pending");
    const delivered = (first ?? pending[0]?.seq ?? lastSeq) - 1;
    return { delivered: Math.max(0, delivered), pending: pending.length, created: this.#time.now };
  }

  ack(seq: number): void {
    const stored = this.#stream[seq - 1];
    if (stored !== undefined) stored.state = "acked";
    this.#serve();
  }

  limit(limits: Partial<PullLimits>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  /** A pull has arrived. */
  pull(request: PullRequest, reply: ReplyTo): void {
    if (this.isSilent) return;
    if (!this.exists || this.isLeaderless) return this.#tell(reply, 503, "");
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return this.#tell(reply, ...refusal);
    if (this.#waiting.length >= this.#options.maxWaiting) this.#sweep();
    if (this.#waiting.length >= this.#options.maxWaiting) {
      if (request.heartbeat === undefined) this.#tell(reply, 409, "Exceeded MaxWaiting");
      return;
    }
    this.#accept(request, reply);
  }

  #accept(request: PullRequest, reply: ReplyTo): void {
    const { noWait, expires, batch, maxBytes = Infinity } = request;
    const isAtOnce = noWait && expires === undefined;
    if (isAtOnce && this.#next() === undefined) return this.#tell(reply, 404, "No Messages");
    const nothing = (): void => {};
    if (this.#options.isPinned) this.#pin ??= this.#newPin();
    const pull = {
      ...reply,
      request,
      pin: this.#pin,
      batch,
      bytes: maxBytes,
      served: 0,
      callOff: nothing,
      callOffHeartbeat: nothing,
    };
    if (expires !== undefined)
      pull.callOff = this.#time.plan(this.#time.now + expires, () => this.#expire(pull));
    this.#waiting.push(pull);
    this.#beat(pull);
    this.#serve();
    if (isAtOnce) this.#dry(pull);
  }

  #refusal({
    batch,
    maxBytes = 0,
    expires = 0,
    heartbeat = 0,
    pin,
  }: PullRequest): [number, string] | undefined {
    const { maxBatch, maxExpires, maxBytes: mostBytes } = this.limits;
    if (2 * heartbeat > expires) return [400, "Bad Request - heartbeat value too large"];
    if (batch > maxBatch) return [409, `Exceeded MaxRequestBatch of ${maxBatch}`];
    if (expires > maxExpires) return [409, `Exceeded MaxRequestExpires of ${maxExpires}ms`];
    if (maxBytes > mostBytes) return [409, `Exceeded MaxRequestMaxBytes of ${mostBytes}`];
    if (pin !== undefined && pin !== this.#pin) return [423, "Nats-Pin-Id mismatch"];
    return undefined;
  }

  #newPin(): string {
    this.#pins += 1;
    return `pin-${this.#pins}`;
  }

  /** Pulls without a listener are seen only when somebody looks. */
  #sweep(): void {
    for (const pull of this.#waiting) if (!this.#client.hasInterest(pull.generation)) this.#drop(pull);
  }

  #next(): Stored | undefined {
    const outstanding = this.#stream.filter((stored) => stored.state === "delivered").length;
    if (this.#options.acks && outstanding >= this.limits.maxAckPending) return undefined;
    return this.#stream.find((stored) => stored.state === "pending" && !stored.isGone);
  }

  /** One message for each waiting pull in turn. */
  #serve(): void {
    if (!this.exists || this.isSilent) return;
    for (let next = this.#next(); next !== undefined && this.#waiting.length > 0; next = this.#next()) {
      const pull = this.#waiting.shift()!;
      if (!this.#client.hasInterest(pull.generation)) this.#cancel(pull);
      else if (next.bytes > pull.bytes) {
        this.#cancel(pull);
        this.#end(pull, 409, "Message Size Exceeds MaxBytes");
      } else this.#deliver(next, pull);
    }
    for (const pull of this.#waiting) if (pull.request.noWait && pull.served > 0) this.#dry(pull);
  }

  #deliver(stored: Stored, pull: WaitingPull): void {
    pull.batch -= 1;
    pull.bytes -= stored.bytes;
    pull.served += 1;
    this.delivered += 1;
    this.#deliverySeq += 1;
    stored.state = this.#options.acks ? "delivered" : "acked";
    if (this.#options.acks) this.#planRedelivery(stored);
    const { generation } = pull;
    const delivery = {
      generation,
      streamSeq: stored.seq,
      deliverySeq: this.#deliverySeq,
      bytes: stored.bytes,
      pin: this.#pin,
    };
    this.#send("data", () => this.#client.onDelivery(delivery));
    if (pull.batch > 0 && pull.bytes > 0) {
      this.#waiting.push(pull);
      this.#beat(pull);
      return;
    }
    this.#cancel(pull);
    // A filled pull ends in silence, and so does one whose bytes are spent exactly.
    if (pull.batch === 0 && pull.bytes !== Infinity && pull.bytes > 0)
      this.#end(pull, 409, "Batch Completed");
  }

  #planRedelivery(stored: Stored): void {
    this.#time.plan(this.#time.now + this.#options.ackWait, () => {
      if (stored.state === "delivered") stored.state = "pending";
      this.#serve();
    });
  }

  /** A pull without waiting has taken all there was. */
  #dry(pull: WaitingPull): void {
    if (!this.#waiting.includes(pull) || this.#next() !== undefined) return;
    this.#drop(pull);
    if (this.#options.quorum === 0) this.#tell(pull, 404, "No Messages");
    else this.#end(pull, 408, "Request Timeout", "after-data");
  }

  #expire(pull: WaitingPull): void {
    if (!this.#waiting.includes(pull)) return;
    this.#drop(pull);
    if (this.#client.hasInterest(pull.generation)) this.#end(pull, 408, "Request Timeout", "after-data");
  }

  #beat(pull: WaitingPull): void {
    pull.callOffHeartbeat();
    const { heartbeat } = pull.request;
    if (heartbeat === undefined) return;
    pull.callOffHeartbeat = this.#time.plan(this.#time.now + heartbeat, () => {
      if (!this.#waiting.includes(pull)) return;
      if (!this.isSilent) this.#tell(pull, 100, "Idle Heartbeat", {}, "status", this.#deliverySeq);
      this.#beat(pull);
    });
  }

  #cancel(pull: WaitingPull): void {
    pull.callOff();
    pull.callOffHeartbeat();
  }

  #drop(pull: WaitingPull): void {
    this.#cancel(pull);
    this.#waiting = this.#waiting.filter((other) => other !== pull);
  }

  /** Ends with what won't come. */
  #end(pull: WaitingPull, code: number, text: string, priority: Priority = "status"): void {
    const pendingBytes = pull.bytes === Infinity ? 0 : pull.bytes;
    this.#tell(pull, code, text, { pendingMessages: pull.batch, pendingBytes }, priority);
  }

  #tell(
    { generation, pull }: ReplyTo,
    code: number,
    text: string,
    pending: { pendingMessages?: number; pendingBytes?: number } = {},
    priority: Priority = "status",
    lastConsumer?: number,
  ): void {
    if (this.losesStatuses) return;
    const { pendingMessages, pendingBytes } = pending;
    const status: PullStatus = { code, text, pendingMessages, pendingBytes, lastConsumer };
    this.#send(priority, () => this.#client.onStatus({ generation, pull }, status));
  }

  #send(priority: Priority, happen: () => void): void {
    const { now } = this.#time;
    const term = this.#term;
    const quorum = now + this.#options.quorum;
    if (priority === "data") this.#dataLeavesAt = quorum;
    const at = priority === "status" ? now : priority === "data" ? quorum : Math.max(now, this.#dataLeavesAt);
    this.#time.plan(at, () => {
      if (priority !== "data" || term === this.#term) happen();
    });
  }

  #clear(): WaitingPull[] {
    const cleared = this.#waiting;
    for (const pull of cleared) this.#cancel(pull);
    this.#waiting = [];
    return cleared;
  }

  /** A new leader tells the replies that it knows of, in any order. */
  changeLeader(): void {
    const told = this.#clear();
    this.#term += 1;
    while (told.length > 0) {
      const [pull] = told.splice(Math.floor(this.#options.random() * told.length), 1);
      if (pull !== undefined) this.#tell(pull, 409, "Leadership Change");
    }
  }

  /** The leader was lost and is back, or is another one that knows of nothing. */
  loseLeader(): void {
    this.#clear();
    this.#term += 1;
  }

  shutDown(): void {
    for (const pull of this.#clear()) this.#end(pull, 409, "Server Shutdown");
  }

  delete(): void {
    this.exists = false;
    for (const pull of this.#clear()) this.#tell(pull, 409, "Consumer Deleted");
  }

  create(): void {
    this.exists = true;
    this.#deliverySeq = 0;
    this.#clear();
    for (const stored of this.#stream) if (stored.state === "delivered") stored.state = "pending";
  }

  /** Another client has the pin from now on: those that wait with the old one are told. */
  changePin(): void {
    const old = this.#pin;
    this.#pin = this.#newPin();
    for (const pull of this.#waiting) {
      if (pull.pin !== old || old === undefined) continue;
      this.#drop(pull);
      this.#end(pull, 423, "Nats-Wrong-Pin-Id");
    }
  }
}
