package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	benchStream  = "BENCH"
	benchSubject = "jsbench.a"
	// How many publishes may be under way, and how often a window is filled between two looks at the clock.
	maxPending = 4000
	burst      = 20_000
	// By default a publish gives up when the window stays full for 200 ms.
	stallWait = 30 * time.Second
)

var errWrongSize = errors.New("a payload of another size")

// jetStream connects, and makes the stream that is measured.
func (p params) jetStream(ctx context.Context) (*nats.Conn, jetstream.JetStream, jetstream.Stream, error) {
	nc, err := p.connect()
	if err != nil {
		return nil, nil, nil, err
	}
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(maxPending))
	if err != nil {
		return nil, nil, nil, err
	}
	storage := jetstream.FileStorage
	if p.Storage == "memory" {
		storage = jetstream.MemoryStorage
	}
	// A side that failed has left one.
	_ = js.DeleteStream(ctx, benchStream)
	config := jetstream.StreamConfig{Name: benchStream, Subjects: []string{"jsbench.>"}, Storage: storage}
	stream, err := js.CreateStream(ctx, config)
	return nc, js, stream, err
}

func publishWindow(js jetstream.JetStream, payload []byte) (int, error) {
	futures := make([]jetstream.PubAckFuture, burst)
	for i := range futures {
		future, err := js.PublishAsync(benchSubject, payload, jetstream.WithStallWait(stallWait))
		if err != nil {
			return 0, err
		}
		futures[i] = future
	}
	<-js.PublishAsyncComplete()
	for _, future := range futures {
		select {
		case err := <-future.Err():
			return 0, err
		case <-future.Ok():
		}
	}
	return burst, nil
}

func jetStreamPublish(p params) (result, error) {
	ctx := context.Background()
	nc, js, stream, err := p.jetStream(ctx)
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	payload := bytes.Repeat([]byte("a"), p.Size)
	publishFor := func(limit time.Duration) (int, error) {
		messages := 0
		for end := time.Now().Add(limit); messages == 0 || time.Now().Before(end); {
			if p.Mode == "window" {
				n, err := publishWindow(js, payload)
				if err != nil {
					return 0, err
				}
				messages += n
				continue
			}
			if _, err := js.Publish(ctx, benchSubject, payload); err != nil {
				return 0, err
			}
			messages++
		}
		return messages, nil
	}
	before, err := publishFor(duration(p.WarmupSeconds))
	if err != nil {
		return result{}, err
	}
	collectGarbage()
	var m measurement
	m.start()
	messages, err := publishFor(duration(p.Seconds))
	if err != nil {
		return result{}, err
	}
	m.stop()
	r := m.result(messages)
	info, err := stream.Info(ctx)
	if err != nil {
		return result{}, err
	}
	if int(info.State.Msgs) != before+messages {
		return result{}, fmt.Errorf("%d stored of %d acked", info.State.Msgs, before+messages)
	}
	return r, js.DeleteStream(ctx, benchStream)
}

// The server throws away what comes while 100,000 messages wait to be stored.
const atOnce = 50_000

// fill publishes without acks, and waits until the stream has it all.
func fill(ctx context.Context, nc *nats.Conn, stream jetstream.Stream, payload []byte, messages int) error {
	for sent := atOnce; sent <= messages; sent += atOnce {
		for range atOnce {
			if err := nc.Publish(benchSubject, payload); err != nil {
				return err
			}
		}
		if err := awaitStored(ctx, stream, sent); err != nil {
			return err
		}
	}
	return nil
}

func awaitStored(ctx context.Context, stream jetstream.Stream, messages int) error {
	for {
		info, err := stream.Info(ctx)
		if err != nil || int(info.State.Msgs) >= messages {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// reading is one way through the stream from its beginning.
type reading struct {
	p      params
	end    time.Time
	count  int
	failed error
}

// take counts a message, and says whether more are wanted.
func (r *reading) take(m jetstream.Msg) bool {
	if r.p.Acks {
		if err := m.Ack(); err != nil {
			r.failed = err
		}
	}
	if len(m.Data()) != r.p.Size {
		r.failed = errWrongSize
	}
	r.count++
	return r.failed == nil && r.count < r.p.Stored
}

func (r *reading) more() bool {
	return r.failed == nil && r.count < r.p.Stored && time.Now().Before(r.end)
}

func (r *reading) byCallback(consumer jetstream.Consumer) error {
	done := make(chan struct{})
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		if r.count < r.p.Stored && !r.take(m) {
			close(done)
		}
	}, jetstream.PullMaxMessages(r.p.Capacity))
	if err != nil {
		return err
	}
	<-done
	consuming.Stop()
	<-consuming.Closed()
	return r.failed
}

func (r *reading) byLoop(consumer jetstream.Consumer) error {
	messages, err := consumer.Messages(jetstream.PullMaxMessages(r.p.Capacity))
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		m, err := messages.Next()
		if err != nil {
			return err
		}
		if !r.take(m) {
			return r.failed
		}
	}
}

func (r *reading) byFetch(consumer jetstream.Consumer) error {
	for r.more() {
		batch, err := consumer.Fetch(r.p.Capacity, jetstream.FetchMaxWait(5*time.Second))
		if err != nil {
			return err
		}
		for m := range batch.Messages() {
			r.take(m)
		}
		if batch.Error() != nil {
			return batch.Error()
		}
	}
	return r.failed
}

func (r *reading) byNext(consumer jetstream.Consumer) error {
	for r.more() {
		m, err := consumer.Next(jetstream.FetchMaxWait(5 * time.Second))
		if err != nil {
			return err
		}
		r.take(m)
	}
	return r.failed
}

func (r *reading) read(ctx context.Context, stream jetstream.Stream) error {
	if r.p.Mode == "ordered" {
		consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
		if err != nil {
			return err
		}
		return r.byLoop(consumer)
	}
	config := jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy}
	if r.p.Acks {
		config = jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 20_000}
	}
	consumer, err := stream.CreateConsumer(ctx, config)
	if err != nil {
		return err
	}
	ways := map[string]func(jetstream.Consumer) error{
		"callback": r.byCallback, "loop": r.byLoop, "fetch": r.byFetch, "next": r.byNext,
	}
	if err := ways[r.p.Mode](consumer); err != nil {
		return err
	}
	return stream.DeleteConsumer(ctx, consumer.CachedInfo().Name)
}

func jetStreamConsume(p params) (result, error) {
	ctx := context.Background()
	nc, js, stream, err := p.jetStream(ctx)
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	if err := fill(ctx, nc, stream, bytes.Repeat([]byte("a"), p.Size), p.Stored); err != nil {
		return result{}, err
	}
	readFor := func(limit time.Duration) (int, error) {
		messages := 0
		for end := time.Now().Add(limit); messages == 0 || time.Now().Before(end); {
			r := &reading{p: p, end: end}
			if err := r.read(ctx, stream); err != nil {
				return 0, err
			}
			messages += r.count
		}
		return messages, nil
	}
	if _, err := readFor(duration(p.WarmupSeconds)); err != nil {
		return result{}, err
	}
	collectGarbage()
	var m measurement
	m.start()
	messages, err := readFor(duration(p.Seconds))
	if err != nil {
		return result{}, err
	}
	m.stop()
	return m.result(messages), js.DeleteStream(ctx, benchStream)
}
