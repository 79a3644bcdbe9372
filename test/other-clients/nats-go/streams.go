package main

import (
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// Takes messages of a durable consumer until it is asked what it has taken.
type taker struct {
	consuming jetstream.ConsumeContext
	lock      sync.Mutex
	texts     []string
}

func jsPublish(a *agent, given args) (any, error) {
	ack, err := a.js.Publish(a.ctx, given.Subject, []byte(given.Value), jetstream.WithMsgID(given.MsgID))
	if err != nil {
		return nil, err
	}
	return map[string]any{"seq": ack.Sequence, "duplicate": ack.Duplicate}, nil
}

func jsTake(a *agent, given args) (any, error) {
	consumer, err := a.js.Consumer(a.ctx, given.Stream, given.Durable)
	if err != nil {
		return nil, err
	}
	t := &taker{texts: []string{}}
	t.consuming, err = consumer.Consume(func(m jetstream.Msg) {
		t.lock.Lock()
		defer t.lock.Unlock()
		t.texts = append(t.texts, string(m.Data()))
		_ = m.Ack()
	}, jetstream.PullMaxMessages(5))
	a.takers[given.Stream] = t
	return nil, err
}

// jsTaken goes on taking; with a count it stops.
func jsTaken(a *agent, given args) (any, error) {
	t := a.takers[given.Stream]
	if given.Count > 0 {
		t.consuming.Drain()
		<-t.consuming.Closed()
		if err := a.nc.Flush(); err != nil {
			return nil, err
		}
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.texts, nil
}
