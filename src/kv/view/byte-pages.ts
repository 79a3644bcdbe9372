/** Bytes of a page. A value of its own page or more gets a page of its size. */
const PAGE_SIZE = 64 * 1024;

/** Values above this would leave too much of a page unused. */
const LARGE = PAGE_SIZE / 4;

interface Page {
  readonly bytes: Uint8Array;
  /** Whoever has bytes here, in no order. */
  readonly tenants: Tenant[];
  used: number;
  live: number;
}

/** Whatever has bytes in a page. */
export interface Tenant {
  page: Page | undefined;
  /** Among the tenants of its page. */
  place: number;
  offset: number;
  length: number;
}

/**
 * Many small values in few large arrays. An array for each value costs more than the value; and a received message keeps the
 * chunk that it came in. A page that is mostly free moves what is left to another one, and goes.
 */
export class BytePages {
  #current = newPage(PAGE_SIZE);

  /** Copies the bytes in. The tenant has none so far. */
  put(tenant: Tenant, data: Uint8Array): void {
    const { length } = data;
    tenant.length = length;
    if (length === 0) return;
    const page = length > LARGE ? newPage(length) : this.#withRoom(length);
    tenant.page = page;
    tenant.offset = page.used;
    page.bytes.set(data, page.used);
    tenant.place = page.tenants.push(tenant) - 1;
    page.used += length;
    page.live += length;
  }

  /** A copy of the bytes: the caller may keep it, and write to it. */
  read({ page, offset, length }: Tenant): Uint8Array {
    return page === undefined ? new Uint8Array() : page.bytes.slice(offset, offset + length);
  }

  remove(tenant: Tenant): void {
    const { page, length } = tenant;
    if (page === undefined) return;
    moveOut(tenant, page);
    page.live -= length;
    if (page !== this.#current && page.live > 0 && page.live < page.used / 2) this.#clear(page);
  }

  #withRoom(length: number): Page {
    if (this.#current.used + length > PAGE_SIZE) {
      const full = this.#current;
      this.#current = newPage(PAGE_SIZE);
      if (full.live < full.used / 2) this.#clear(full);
      // What was moved has taken some room.
      return this.#withRoom(length);
    }
    return this.#current;
  }

  #clear(page: Page): void {
    for (const tenant of page.tenants) {
      this.put(tenant, page.bytes.subarray(tenant.offset, tenant.offset + tenant.length));
    }
  }
}

/** The last one takes its place: a key that is written over and over must not leave a record of each value. */
function moveOut(tenant: Tenant, { tenants }: Page): void {
  const last = tenants.pop()!;
  if (last !== tenant) {
    last.place = tenant.place;
    tenants[tenant.place] = last;
  }
  tenant.page = undefined;
}

function newPage(size: number): Page {
  return { bytes: new Uint8Array(size), tenants: [], used: 0, live: 0 };
}
