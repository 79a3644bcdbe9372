import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BytePages, type Tenant } from "../../../src/kv/view/byte-pages.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const newTenant = (): Tenant => ({ page: undefined, place: 0, offset: 0, length: 0 });

describe("pages of bytes", () => {
  it("[KV-16] give back what was put in, whatever else comes and goes", () => {
    const some = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 40_000 }));
    fc.assert(
      fc.property(fc.array(some, { maxLength: 60 }), (steps) => {
        const pages = new BytePages();
        const here = new Map<number, { tenant: Tenant; data: Uint8Array }>();
        for (const [i, [slot, length]] of steps.entries()) {
          const old = here.get(slot);
          if (old !== undefined) pages.remove(old.tenant);
          const tenant = newTenant();
          const data = new Uint8Array(length).fill(i + 1);
          pages.put(tenant, data);
          here.set(slot, { tenant, data });
          for (const { tenant, data } of here.values()) {
            const read = pages.read(tenant);
            if (read.length !== data.length || read.some((byte, at) => byte !== data[at])) return false;
          }
        }
        return true;
      }),
      { numRuns: 30 },
    );
  });

  it("[KV-16] that are mostly free are left", () => {
    const pages = new BytePages();
    const tenants = Array.from({ length: 1000 }, newTenant);
    for (const tenant of tenants) pages.put(tenant, new Uint8Array(1000));
    for (const [i, tenant] of tenants.entries()) if (i % 10 !== 0) pages.remove(tenant);
    const used = new Set(tenants.flatMap(({ page }) => (page === undefined ? [] : [page])));
    expect(used.size).toBeLessThanOrEqual(4);
  });

  it("[KV-16] keep nothing of the values before one that is written over and over", () => {
    const pages = new BytePages();
    const [other, last] = [newTenant(), newTenant()];
    pages.put(other, bytes("other"));
    for (let i = 0; i < 1000; i++) {
      const value = newTenant();
      pages.put(value, bytes(`${i}`));
      pages.remove(value);
    }
    pages.put(last, bytes("last"));
    expect(last.page?.tenants).toEqual([other, last]);
  });

  it("[KV-16] that are full of values which were written over are left as the next one begins", () => {
    const pages = new BytePages();
    const [kept, last] = [newTenant(), newTenant()];
    pages.put(kept, bytes("kept"));
    const first = kept.page;
    for (let i = 0; i < 6; i++) {
      const value = newTenant();
      pages.put(value, new Uint8Array(10_000));
      pages.remove(value);
    }
    expect(kept.page).toBe(first);
    pages.put(last, new Uint8Array(10_000));
    expect(kept.page).toBe(last.page);
    expect(text(pages.read(kept))).toBe("kept");
  });

  it("[KV-16] know those that are left, whichever go first", () => {
    const pages = new BytePages();
    const [a, b, c] = [newTenant(), newTenant(), newTenant()];
    for (const tenant of [a, b, c]) pages.put(tenant, bytes("x"));
    pages.remove(a);
    pages.remove(c);
    expect(b.page?.tenants).toEqual([b]);
  });

  it("[KV-16] hand out copies", () => {
    const pages = new BytePages();
    const tenant = newTenant();
    pages.put(tenant, bytes("abc"));
    pages.read(tenant)[0] = 0;
    expect(text(pages.read(tenant))).toBe("abc");
  });
});
