/** What travels in front of a typical message: name and value of each header. */
export const HEADERS = [
  ["Content-Type", "application/json"],
  ["X-Trace-Id", "0af7651916cd43dd8448eb211c80319c"],
];

export const TRACE = HEADERS[1][0];

/** An order as JSON of `size` bytes. */
export function jsonText(size) {
  const order = { id: 184_467, customer: "c-7421", total: 129.95, paid: true, tags: ["new", "eu"], note: "" };
  const note = "leave it at the door ".repeat(Math.ceil(size / 21));
  return JSON.stringify({ ...order, note: note.slice(0, size - JSON.stringify(order).length) });
}

/** The block of the headers as it stands on the wire. */
export function headerBlock() {
  return `NATS/1.0\r\n${HEADERS.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}
