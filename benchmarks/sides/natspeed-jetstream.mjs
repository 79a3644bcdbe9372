/** The spellings of natspeed for the JetStream cases. @param {(nc: any) => any} jetstream */
export function natspeedJetStream(jetstream) {
  return (nc) => {
    const js = jetstream(nc);
    return { ...publishing(js), read: ways(js) };
  };
}

function publishing(js) {
  return {
    createStream: (config) => js.streams.create(config),
    deleteStream: (name) => js.streams.delete(name),
    storedIn: async (name) => (await js.streams.bind(name).info()).state.messages,
    publish: (subject, payload) => js.publish(subject, payload),
    async publishMany(subject, payload, messages) {
      const publisher = js.publisher({ maxInFlight: 4000 });
      for (let i = 0; i < messages; i++) {
        await publisher.ready();
        void publisher.publish(subject, payload);
      }
      await publisher.flush();
      await publisher.drain();
    },
  };
}

function ways(js) {
  const consumer = consumersOf(js);
  return { ...reading(js, consumer), ...asking(js, consumer) };
}

function consumersOf(js) {
  return (stream, { acks }) =>
    js.consumers.create(
      stream,
      acks ? { ackPolicy: "explicit", maxAckPending: 20_000 } : { ackPolicy: "none" },
    );
}

function reading(js, consumer) {
  return {
    async callback(stream, how, read) {
      const handle = await consumer(stream, how);
      const messages = handle.consume({
        capacity: how.capacity,
        stopAfter: read.wanted,
        callback: (m) => {
          if (how.acks) m.ack();
          read.messages++;
          read.bytes += m.data.length;
        },
      });
      await messages.closed;
      await js.consumers.delete(stream, handle.name);
    },
    async loop(stream, how, read) {
      const handle = await consumer(stream, how);
      for await (const m of handle.consume({ capacity: how.capacity, stopAfter: read.wanted })) {
        if (how.acks) m.ack();
        read.messages++;
        read.bytes += m.data.length;
      }
      await js.consumers.delete(stream, handle.name);
    },
    async ordered(stream, { capacity }, read) {
      const handle = await js.consumers.ordered(stream);
      for await (const m of handle.consume({ capacity, stopAfter: read.wanted })) {
        read.messages++;
        read.bytes += m.data.length;
      }
    },
  };
}

function asking(js, consumer) {
  return {
    async fetch(stream, how, read) {
      const handle = await consumer(stream, how);
      while (read.messages < read.wanted && !read.isOver()) {
        for await (const m of handle.fetch({ maxMessages: how.capacity, expires: 5000 })) {
          m.ack();
          read.messages++;
          read.bytes += m.data.length;
        }
      }
      await js.consumers.delete(stream, handle.name);
    },
    async next(stream, how, read) {
      const handle = await consumer(stream, how);
      while (read.messages < read.wanted && !read.isOver()) {
        const m = await handle.next({ expires: 5000 });
        m.ack();
        read.messages++;
        read.bytes += m.data.length;
      }
      await js.consumers.delete(stream, handle.name);
    },
  };
}
