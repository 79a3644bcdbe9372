package main

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
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

func oneByOne(nc *nats.Conn, payload []byte, isOver *atomic.Bool) ([]time.Duration, error) {
	var roundTrips []time.Duration
	before := time.Now()
	for !isOver.Load() {
		if err := ask(nc, payload); err != nil {
			return nil, err
		}
		now := time.Now()
		roundTrips = append(roundTrips, now.Sub(before))
		before = now
	}
	return roundTrips, nil
}

func together(nc *nats.Conn, payload []byte, isOver *atomic.Bool, inFlight int) (int, error) {
	var messages atomic.Int64
	failures := make(chan error, inFlight)
	var workers sync.WaitGroup
	for range inFlight {
		workers.Go(func() {
			for !isOver.Load() {
				if err := ask(nc, payload); err != nil {
					failures <- err
					return
				}
				messages.Add(1)
			}
		})
	}
	workers.Wait()
	close(failures)
	return int(messages.Load()), <-failures
}

// Round trips are given in microseconds.
func percentile(sorted []time.Duration, fraction float64) *float64 {
	at := min(len(sorted)-1, int(float64(len(sorted))*fraction))
	microseconds := float64(sorted[at].Nanoseconds()) / 1e3
	return &microseconds
}

func request(p params) (result, error) {
	return p.requestsTo(func(nc *nats.Conn) error {
		_, err := nc.Subscribe(echoSubject, func(m *nats.Msg) { _ = m.Respond(m.Data) })
		return err
	})
}

// service is as requests, but a service answers.
func service(p params) (result, error) {
	return p.requestsTo(func(nc *nats.Conn) error {
		offered, err := micro.AddService(nc, micro.Config{Name: "bench", Version: "1.0.0"})
		if err != nil {
			return err
		}
		echo := micro.HandlerFunc(func(r micro.Request) { _ = r.Respond(r.Data()) })
		return offered.AddEndpoint("echo", echo, micro.WithEndpointSubject(echoSubject))
	})
}

// requestsTo measures requests; answer sets up who answers.
func (p params) requestsTo(answer func(nc *nats.Conn) error) (result, error) {
	responder, err := p.connect()
	if err != nil {
		return result{}, err
	}
	defer responder.Close()
	if err := answer(responder); err != nil {
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
	var roundTrips []time.Duration
	run := func(limit time.Duration) (int, error) {
		var isOver atomic.Bool
		timer := time.AfterFunc(limit, func() { isOver.Store(true) })
		defer timer.Stop()
		if p.InFlight > 1 {
			return together(requester, payload, &isOver, p.InFlight)
		}
		var err error
		roundTrips, err = oneByOne(requester, payload, &isOver)
		return len(roundTrips), err
	}
	if _, err := run(duration(p.WarmupSeconds)); err != nil {
		return result{}, err
	}
	collectGarbage()
	var m measurement
	m.start()
	messages, err := run(duration(p.Seconds))
	if err != nil {
		return result{}, err
	}
	m.stop()

	r := m.result(messages)
	if p.InFlight == 1 {
		slices.Sort(roundTrips)
		r.P50, r.P99 = percentile(roundTrips, 0.5), percentile(roundTrips, 0.99)
	}
	return r, nil
}
