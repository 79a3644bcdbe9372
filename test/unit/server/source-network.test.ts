import { describe, expect, test } from "vitest";
import { isFrom, isNetwork } from "../../../src/server/auth/source-network.ts";

describe("networks", () => {
  test.each([
    ["127.0.0.1", "127.0.0.0/8", true],
    ["126.255.255.255", "127.0.0.0/8", false],
    ["10.1.2.3", "0.0.0.0/0", true],
    ["10.1.2.3", "10.1.2.3/32", true],
    ["10.1.2.3", "10.1.2.2/32", false],
    ["192.168.1.130", "192.168.1.129/25", true],
    ["192.168.1.127", "192.168.1.129/25", false],
    ["::1", "::/0", true],
    ["::1", "::1/128", true],
    ["fd00::1:2", "fd00::/8", true],
    ["fe80::1", "fd00::/8", false],
    ["2001:db8:0:1::", "2001:db8:0:1:ffff::/64", true],
    // IPv4 is the same in both spellings, and never part of a network of IPv6.
    ["::ffff:127.0.0.1", "127.0.0.0/8", true],
    ["127.0.0.1", "::ffff:127.0.0.0/104", true],
    ["127.0.0.1", "::/0", false],
    ["::1", "0.0.0.0/0", false],
    // A connection in memory comes from nowhere.
    ["memory", "0.0.0.0/0", false],
    ["", "0.0.0.0/0", false],
  ])("%s from %s: %s", (host, network, is) => {
    expect(isFrom(host, [network])).toBe(is);
    expect(isFrom(host, ["203.0.113.0/24", network])).toBe(is);
  });

  test.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0/8",
    "10.0.0.256/8",
    "010.0.0.0/8",
    "::1/129",
    "::1/",
    "::ffff:10.0.0.0/95",
    "1:2:3/8",
    "::1]:80/8",
    "a/8",
    "",
  ])("%j is none", (text) => {
    expect(isNetwork(text)).toBe(false);
    expect(isFrom("10.0.0.1", [text])).toBe(false);
  });
});
