package main

import (
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// part is the receipt that counts at the moment: of the warm-up, then of the measured part.
type part = atomic.Pointer[receipt]

func byCallback(nc *nats.Conn, subject string, current *part) error {
	_, err := nc.Subscribe(subject, func(m *nats.Msg) { current.Load().add(len(m.Data)) })
	return err
}

func byCallbackOfMany(nc *nats.Conn, subject string, current *part) error {
	_, err := nc.Subscribe(subject, func(m *nats.Msg) { current.Load().addShared(len(m.Data)) })
	return err
}

func byIterator(nc *nats.Conn, subject string, current *part) error {
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		return err
	}
	go func() {
		for m, err := range sub.Msgs() {
			if err != nil {
				return
			}
			current.Load().add(len(m.Data))
		}
	}()
	return nil
}

func reader(p params) (func(*nats.Conn, string, *part) error, error) {
	switch {
	case p.Mode == "iterator":
		return byIterator, nil
	case p.Mode == "callback" && p.Subjects > 1:
		return byCallbackOfMany, nil
	case p.Mode == "callback":
		return byCallback, nil
	}
	return nil, fmt.Errorf("no such mode: %q", p.Mode)
}

func receive(p params) (result, error) {
	read, err := reader(p)
	if err != nil {
		return result{}, err
	}
	nc, err := p.connect()
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	warmup, measured := newReceipt(nc, duration(p.WarmupSeconds)), newReceipt(nc, duration(p.Seconds))
	var current part
	current.Store(warmup)
	for _, subject := range p.subjects() {
		if err := read(nc, subject, &current); err != nil {
			return result{}, err
		}
	}
	if err := nc.Flush(); err != nil {
		return result{}, err
	}

	if err := warmup.wait(p.Size); err != nil {
		return result{}, err
	}
	collectGarbage()
	current.Store(measured)
	if err := measured.wait(p.Size); err != nil {
		return result{}, err
	}
	if err := nc.Publish(creditSubject, []byte(noMore)); err != nil {
		return result{}, err
	}
	if err := nc.Flush(); err != nil {
		return result{}, err
	}
	r := measured.result(measured.granted)
	r.Granted = warmup.granted + measured.granted
	return r, nil
}
