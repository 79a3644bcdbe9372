package main

import "bytes"

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
	burst := func(messages int) error {
		for range messages {
			if err := nc.Publish(subject, payload); err != nil {
				return err
			}
		}
		return nc.Flush()
	}
	if err := burst(p.Warmup); err != nil {
		return result{}, err
	}
	collectGarbage()

	var m measurement
	m.start()
	for range p.Bursts {
		if err := burst(p.Messages / p.Bursts); err != nil {
			return result{}, err
		}
	}
	m.stop()
	return m.result(p.Messages), nil
}
