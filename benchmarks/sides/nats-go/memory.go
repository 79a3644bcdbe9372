package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

const arrivalLimit = 60 * time.Second

func grant(nc *nats.Conn, messages int) error {
	return nc.Publish(creditSubject, []byte(strconv.Itoa(messages)))
}

func readAll(sub *nats.Subscription, p params, wanted int) error {
	for range wanted {
		m, err := sub.NextMsg(arrivalLimit)
		if err != nil {
			return err
		}
		if len(m.Data) != p.Size {
			return fmt.Errorf("a message held %d bytes", len(m.Data))
		}
	}
	return nil
}

// memory queues messages on a subscription that nobody reads, and weighs the process before and
// after. They are read in the end, to prove that all of them were there.
func memory(p params) (result, error) {
	// A synchronous subscription queues in a channel of a fixed length, which must hold all of them.
	nc, err := nats.Connect(p.url(), nats.SyncQueueLen(p.Messages+1))
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync(p.subjects()[0])
	if err != nil {
		return result{}, err
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return result{}, err
	}
	arrived := make(chan struct{}, 1)
	if _, err := nc.Subscribe(doneSubject, func(*nats.Msg) { arrived <- struct{}{} }); err != nil {
		return result{}, err
	}
	if err := nc.Flush(); err != nil {
		return result{}, err
	}
	if err := grant(nc, p.Warmup); err != nil {
		return result{}, err
	}
	if err := readAll(sub, p, p.Warmup); err != nil {
		return result{}, err
	}

	before := settledMemory()
	var m measurement
	m.start()
	if err := grant(nc, p.Messages); err != nil {
		return result{}, err
	}
	if err := nc.Publish(creditSubject, []byte(noMore)); err != nil {
		return result{}, err
	}
	select {
	case <-arrived:
	case <-time.After(arrivalLimit):
		return result{}, fmt.Errorf("the messages did not arrive within %s", arrivalLimit)
	}
	m.stop()
	after := settledMemory()

	if err := readAll(sub, p, p.Messages); err != nil {
		return result{}, err
	}
	r := m.result(p.Messages)
	r.Granted = p.Warmup + p.Messages
	if after > 0 {
		perMessage := float64(after-before) / float64(p.Messages)
		r.BytesPerMessage, r.RSSBytes = &perMessage, after
	}
	return r, nil
}
