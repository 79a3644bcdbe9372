/** An address, or the first one of a network, as a number of so many bits. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/**
 * Whether an address lies in one of the networks, which are written as `10.0.0.0/8` or `fd00::/8`. One that can't be
 * read holds nothing; what is no address, as the host of a connection in memory, lies nowhere.
 */
export function isFrom(host: string, networks: readonly string[]): boolean {
  const address = readAddress(host);
  return address !== undefined && networks.some((network) => holds(network, address));
}

/** Whether a text is a network. */
export function isNetwork(text: string): boolean {
  return readNetwork(text) !== undefined;
}

function holds(text: string, address: Address): boolean {
  const network = readNetwork(text);
  if (network === undefined || network.first.bits !== address.bits) return false;
  const rest = BigInt(address.bits - network.length);
  return network.first.value >> rest === address.value >> rest;
}

function readNetwork(text: string): { readonly first: Address; readonly length: number } | undefined {
  const [, written = "", digits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const first = readAddress(written);
  if (first === undefined) return undefined;
  // The length counts the bits as written, also of IPv4 in the clothes of IPv6.
  const length = Number(digits) - (written.includes(":") && first.bits === 32 ? 96 : 0);
  return length < 0 || length > first.bits ? undefined : { first, length };
}

function readAddress(text: string): Address | undefined {
  return text.includes(":") ? readIpv6(text) : readIpv4(text);
}

function readIpv4(text: string): Address | undefined {
  if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return { bits: 32, value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) };
}

function readIpv6(text: string): Address | undefined {
  const url = `http://[${text}]`;
  if (!/^[\d.:a-f]+$/i.test(text) || !URL.canParse(url)) return undefined;
  // In its shortest form: groups in hexadecimal, with `::` for the longest run of zeros.
  const [head = "", tail] = new URL(url).hostname.slice(1, -1).split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0n);
  const value = [...before, ...zeros, ...after].reduce((all, group) => (all << 16n) | group, 0n);
  return value >> 32n === 0xff_ffn ? { bits: 32, value: value & 0xff_ff_ff_ffn } : { bits: 128, value };
}

function groups(text: string): bigint[] {
  return text === "" ? [] : text.split(":").map((group) => BigInt(`0x${group}`));
}
