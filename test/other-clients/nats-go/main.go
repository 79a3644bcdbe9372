// nats.go against a server: `nats-go <scenario> <url> [credentials]`; it ends with 0 if all is as it should be.
// The scenario "agent" does what it is told on stdin.
// "restart" on stdout asks whoever started it for a restart of the server; a line on stdin says that it is done.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const limit = 10 * time.Second

var scenarios = map[string]func(url string) error{
	"pubsub":      pubsub,
	"queue":       queue,
	"request":     request,
	"headers":     headers,
	"drain":       drain,
	"reconnect":   reconnect,
	"credentials": credentials,
	"agent":       serve,
}

func expect(got, wanted any) error {
	if reflect.DeepEqual(got, wanted) {
		return nil
	}
	return fmt.Errorf("got %v, wanted %v", got, wanted)
}

func take(sub *nats.Subscription, count int) ([]string, error) {
	var texts []string
	for range count {
		m, err := sub.NextMsg(limit)
		if err != nil {
			return texts, err
		}
		texts = append(texts, m.Subject+"="+string(m.Data))
	}
	return texts, nil
}

func pubsub(url string) error {
	nc, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer nc.Close()
	all, err := nc.SubscribeSync("weather.>")
	if err != nil {
		return err
	}
	wind, err := nc.SubscribeSync("weather.*.wind")
	if err != nil {
		return err
	}
	limited, err := nc.SubscribeSync("limited")
	if err != nil {
		return err
	}
	if err := limited.AutoUnsubscribe(2); err != nil {
		return err
	}
	sent := []string{"weather.oslo.temperature=-3", "weather.oslo.wind=12", "weather.cairo.temperature=34"}
	for i, subject := range []string{"weather.oslo.temperature", "weather.oslo.wind", "weather.cairo.temperature"} {
		if err := nc.Publish(subject, []byte([]string{"-3", "12", "34"}[i])); err != nil {
			return err
		}
	}
	for _, text := range []string{"1", "2", "3"} {
		if err := nc.Publish("limited", []byte(text)); err != nil {
			return err
		}
	}
	texts, err := take(all, 3)
	if err := errors.Join(err, expect(texts, sent)); err != nil {
		return err
	}
	texts, err = take(wind, 1)
	if err := errors.Join(err, expect(texts, sent[1:2])); err != nil {
		return err
	}
	texts, err = take(limited, 3)
	return errors.Join(expect(errors.Is(err, nats.ErrMaxMessages), true), expect(texts, []string{"limited=1", "limited=2"}))
}

func queue(url string) error {
	var done [3]atomic.Int64
	var connections []*nats.Conn
	for i := range done {
		nc, err := nats.Connect(url)
		if err != nil {
			return err
		}
		defer nc.Close()
		if _, err := nc.QueueSubscribe("jobs", "workers", func(*nats.Msg) { done[i].Add(1) }); err != nil {
			return err
		}
		if err := nc.Flush(); err != nil {
			return err
		}
		connections = append(connections, nc)
	}
	for i := range 3000 {
		if err := connections[0].Publish("jobs", []byte(strconv.Itoa(i))); err != nil {
			return err
		}
	}
	if err := connections[0].Flush(); err != nil {
		return err
	}
	sum := func() int64 { return done[0].Load() + done[1].Load() + done[2].Load() }
	for deadline := time.Now().Add(limit); sum() < 3000 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	for i := range done {
		if done[i].Load() < 500 {
			return fmt.Errorf("member %d did %d", i, done[i].Load())
		}
	}
	return expect(sum(), int64(3000))
}

func request(url string) error {
	nc, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer nc.Close()
	if _, err := nc.Subscribe("echo", func(m *nats.Msg) { _ = m.Respond(m.Data) }); err != nil {
		return err
	}
	for i := range 500 {
		reply, err := nc.Request("echo", []byte(strconv.Itoa(i)), limit)
		if err != nil {
			return err
		}
		if err := expect(string(reply.Data), strconv.Itoa(i)); err != nil {
			return err
		}
	}
	_, err = nc.Request("nobody", nil, limit)
	return expect(errors.Is(err, nats.ErrNoResponders), true)
}

func headers(url string) error {
	nc, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync("h")
	if err != nil {
		return err
	}
	sent := nats.NewMsg("h")
	sent.Header.Add("X-Trace", "1")
	sent.Header.Add("X-Trace", "two words")
	sent.Data = []byte("payload")
	if err := nc.PublishMsg(sent); err != nil {
		return err
	}
	m, err := sub.NextMsg(limit)
	if err != nil {
		return err
	}
	return errors.Join(
		expect(m.Header.Values("X-Trace"), []string{"1", "two words"}),
		expect(string(m.Data), "payload"),
	)
}

func drain(url string) error {
	closed := make(chan struct{})
	nc, err := nats.Connect(url, nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		return err
	}
	publisher, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer publisher.Close()
	var handled atomic.Int64
	if _, err := nc.Subscribe("d", func(*nats.Msg) { handled.Add(1) }); err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	for range 10_000 {
		if err := publisher.Publish("d", nil); err != nil {
			return err
		}
	}
	if err := publisher.Flush(); err != nil {
		return err
	}
	if err := nc.Drain(); err != nil {
		return err
	}
	<-closed
	return expect(handled.Load(), int64(10_000))
}

func reconnect(url string) error {
	back := make(chan struct{})
	nc, err := nats.Connect(url,
		nats.ReconnectWait(50*time.Millisecond),
		nats.MaxReconnects(-1),
		nats.ReconnectHandler(func(*nats.Conn) { close(back) }),
	)
	if err != nil {
		return err
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync("r")
	if err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	fmt.Println("restart")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	<-back
	if err := nc.Publish("r", []byte("after")); err != nil {
		return err
	}
	texts, err := take(sub, 1)
	return errors.Join(err, expect(texts, []string{"r=after"}))
}

func credentials(url string) error {
	nc, err := nats.Connect(url, nats.UserCredentials(os.Args[3]))
	if err != nil {
		return err
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync("a")
	if err != nil {
		return err
	}
	if err := nc.Publish("a", []byte("signed")); err != nil {
		return err
	}
	texts, err := take(sub, 1)
	return errors.Join(err, expect(texts, []string{"a=signed"}))
}

func main() {
	scenario, known := scenarios[os.Args[1]]
	if !known {
		fmt.Fprintln(os.Stderr, "no scenario", os.Args[1])
		os.Exit(1)
	}
	if err := scenario(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, os.Args[1], err)
		os.Exit(1)
	}
}
