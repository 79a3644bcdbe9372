package main

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const requestTimeout = 10 * time.Second

func ask(nc *nats.Conn, payload []byte) error {
	reply, err := nc.Request(echoSubject, payload, requestTimeout)
	if err != nil {
		return err
	}
	if len(reply.Data) != len(payload) {
		return fmt.Errorf("a reply held %d bytes", len(reply.Data))
	}
	return nil
}

func oneByOne(nc *nats.Conn, payload []byte, roundTrips []time.Duration) error {
	before := time.Now()
	for i := range roundTrips {
		if err := ask(nc, payload); err != nil {
			return err
		}
		now := time.Now()
		roundTrips[i] = now.Sub(before)
		before = now
	}
	return nil
}

func together(nc *nats.Conn, payload []byte, messages, inFlight int) error {
	var left atomic.Int64
	left.Store(int64(messages))
	failures := make(chan error, inFlight)
	var workers sync.WaitGroup
	for range inFlight {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				if err := ask(nc, payload); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	workers.Wait()
	close(failures)
	return <-failures
}

// Round trips are given in microseconds.
func percentile(sorted []time.Duration, fraction float64) *float64 {
	at := min(len(sorted)-1, int(float64(len(sorted))*fraction))
	microseconds := float64(sorted[at].Nanoseconds()) / 1e3
	return &microseconds
}

func request(p params) (result, error) {
	responder, err := p.connect()
	if err != nil {
		return result{}, err
	}
	defer responder.Close()
	echo := func(m *nats.Msg) { _ = m.Respond(m.Data) }
	if _, err := responder.Subscribe(echoSubject, echo); err != nil {
		return result{}, err
	}
	if err := responder.Flush(); err != nil {
		return result{}, err
	}
	requester, err := p.connect()
	if err != nil {
		return result{}, err
	}
	defer requester.Close()

	payload := bytes.Repeat([]byte("a"), p.Size)
	roundTrips := make([]time.Duration, p.Messages)
	run := func(messages int) error {
		if p.InFlight == 1 {
			return oneByOne(requester, payload, roundTrips[:messages])
		}
		return together(requester, payload, messages, p.InFlight)
	}
	if err := run(p.Warmup); err != nil {
		return result{}, err
	}
	collectGarbage()
	var m measurement
	m.start()
	if err := run(p.Messages); err != nil {
		return result{}, err
	}
	m.stop()

	r := m.result(p.Messages)
	if p.InFlight == 1 {
		slices.Sort(roundTrips)
		r.P50, r.P99 = percentile(roundTrips, 0.5), percentile(roundTrips, 0.99)
	}
	return r, nil
}
