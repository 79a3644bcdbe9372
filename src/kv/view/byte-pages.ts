/** Bytes of a page. */
const PAGE_SIZE = 64 * 1024;

/** A larger value gets a page of its own size: it would leave too much of a common page unused. */
const LARGE = PAGE_SIZE / 4;

interface Page {
  readonly bytes: Uint8Array;
  /** In no order. */
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
 * Keeps many small values in few large arrays. An array for each value would cost more than the value; and a received message keeps
 * the whole chunk that it came in. When most of a page is free, its other values move to another page, and it goes.
 */
export class BytePages {
  #current = newPage(PAGE_SIZE);

  /** Copies the bytes into a page. The tenant must have none so far. */
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

  /** A copy of the bytes, which the caller may keep and change. */
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
      // The values that were moved have taken some of the new room.
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

/** The last tenant takes the place of this one: a key that is written again and again must not leave a record of each value. */
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
