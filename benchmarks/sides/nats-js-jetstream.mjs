import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";

/** nats.js has no window: as many as the others have under way at most are published together, again and again. */
const SLICE = 4000;

/** The spellings of nats.js for the JetStream cases. */
export async function natsJsJetStream(nc) {
  const js = jetstream(nc);
  const jsm = await jetstreamManager(nc);
  return { ...publishing(js, jsm), read: ways(js, jsm) };
}

function publishing(js, jsm) {
  return {
    createStream: (config) => jsm.streams.add(config),
    deleteStream: (name) => jsm.streams.delete(name),
    storedIn: async (name) => (await jsm.streams.info(name)).state.messages,
    publish: (subject, payload) => js.publish(subject, payload),
    async publishMany(subject, payload, messages) {
      for (let sent = 0; sent < messages; sent += SLICE) {
        await Promise.all(Array.from({ length: SLICE }, () => js.publish(subject, payload)));
      }
    },
  };
}

function ways(js, jsm) {
  const consumers = consumersOf(js, jsm);
  return { ...reading(js, consumers), ...asking(consumers) };
}

function consumersOf(js, jsm) {
  let made = 0;
  const consumer = async (stream, { acks }) => {
    const name = `c${made++}`;
    const config = acks
      ? { ack_policy: AckPolicy.Explicit, max_ack_pending: 20_000 }
      : { ack_policy: AckPolicy.None };
    await jsm.consumers.add(stream, { name, ...config });
    return await js.consumers.get(stream, name);
  };
  const remove = (stream) => jsm.consumers.delete(stream, `c${made - 1}`);
  return { consumer, remove };
}

async function readAll(messages, acks, read) {
  for await (const m of messages) {
    if (acks) m.ack();
    read.bytes += m.data.length;
    if (++read.messages === read.wanted) break;
  }
}

function reading(js, { consumer, remove }) {
  return {
    async callback(stream, how, read) {
      const handle = await consumer(stream, how);
      let done;
      const ended = new Promise((resolve) => (done = resolve));
      const messages = await handle.consume({
        max_messages: how.capacity,
        callback: (m) => {
          if (how.acks) m.ack();
          read.bytes += m.data.length;
          if (++read.messages === read.wanted) done();
        },
      });
      await ended;
      messages.stop();
      await messages.closed();
      await remove(stream);
    },
    async loop(stream, how, read) {
      const handle = await consumer(stream, how);
      await readAll(await handle.consume({ max_messages: how.capacity }), how.acks, read);
      await remove(stream);
    },
    async ordered(stream, { capacity }, read) {
      const handle = await js.consumers.get(stream);
      await readAll(await handle.consume({ max_messages: capacity }), false, read);
    },
  };
}

function asking({ consumer, remove }) {
  return {
    async fetch(stream, how, read) {
      const handle = await consumer(stream, how);
      while (read.messages < read.wanted && !read.isOver()) {
        await readAll(await handle.fetch({ max_messages: how.capacity, expires: 5000 }), true, read);
      }
      await remove(stream);
    },
    async next(stream, how, read) {
      const handle = await consumer(stream, how);
      while (read.messages < read.wanted && !read.isOver()) {
        const m = await handle.next({ expires: 5000 });
        m.ack();
        read.messages++;
        read.bytes += m.data.length;
      }
      await remove(stream);
    },
  };
}
