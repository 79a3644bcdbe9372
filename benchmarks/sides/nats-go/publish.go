package main

import (
	"bytes"
	"time"
)

// publish serves all modes of the JavaScript sides with the same loop: nc.Publish blocks by itself
// when the socket is full.
func publish(p params) (result, error) {
	nc, err := p.connect()
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	subject := p.subjects()[0]
	payload := bytes.Repeat([]byte("a"), p.Size)
	publishFor := func(limit time.Duration) (int, error) {
		messages := 0
		for end := time.Now().Add(limit); messages == 0 || time.Now().Before(end); messages += p.Burst {
			for range p.Burst {
				if err := nc.Publish(subject, payload); err != nil {
					return 0, err
				}
			}
			if err := nc.Flush(); err != nil {
				return 0, err
			}
		}
		return messages, nil
	}
	if _, err := publishFor(duration(p.WarmupSeconds)); err != nil {
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
	return m.result(messages), nil
}
