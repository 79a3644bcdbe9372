import type { BarrierEnd } from "../barrier.ts";
import type { NatsError } from "../errors.ts";
import type { Link } from "../link/link.ts";
import type { WaitLimits } from "../waiter.ts";
import { type LeftLink, RetiredLink, type RetiredLinkHost } from "./retired-link.ts";

/** The links that moves have left and by which something still comes. */
export class RetiredLinks {
  readonly #host: RetiredLinkHost;
  readonly #links = new Map<Link, RetiredLink>();

  constructor(host: RetiredLinkHost) {
    this.#host = host;
  }

  /** From now on what comes by this link goes where a link that was left has to bring it. */
  add(left: LeftLink): RetiredLink {
    const retired = new RetiredLink(left, this.#host);
    this.#links.set(left.link, retired);
    left.link.routeTo(retired);
    return retired;
  }

  get(link: Link): RetiredLink | undefined {
    return this.#links.get(link);
  }

  /** How it ends that all comes that is on its way by these links. */
  barriers(options: WaitLimits): Promise<BarrierEnd>[] {
    return [...this.#links.values()].flatMap(({ pings }) => pings?.barrier(options) ?? []);
  }

  /** Nothing more is to come by it, or the connection closes, for which `error` is the reason. */
  async close(retired: RetiredLink, error: NatsError): Promise<void> {
    if (this.#links.delete(retired.link)) await retired.close(error);
  }

  /** Resolves when all are gone. */
  closeAll(error: NatsError): Promise<unknown> {
    return Promise.all([...this.#links.values()].map((retired) => this.close(retired, error)));
  }

  /** Whether it was one of them. */
  onLost(link: Link, error: NatsError): boolean {
    this.#links.get(link)?.onLost(error);
    return this.#links.delete(link);
  }
}
