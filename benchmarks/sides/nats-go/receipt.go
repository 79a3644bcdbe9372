package main

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	step       = 8192
	window     = 6 * step
	stallLimit = 10 * time.Second
)

// receipt counts the messages of one part (warm-up or measured) and lets the publisher send as many
// as the window allows, so that nothing is dropped on the way. The clock runs from the first message
// to the last.
type receipt struct {
	measurement
	nc       *nats.Conn
	messages int
	granted  int
	bytes    int
	count    int

	lock        sync.Mutex
	sharedCount atomic.Int64
	sharedBytes atomic.Int64
	progress    atomic.Int64
	done        chan struct{}
}

func newReceipt(nc *nats.Conn, messages int) *receipt {
	return &receipt{nc: nc, messages: messages, done: make(chan struct{})}
}

// add is for one subscription, whose messages come in one goroutine.
func (r *receipt) add(length int) {
	r.bytes += length
	r.count++
	if r.isMilestone(r.count) {
		r.milestone()
	}
}

// addShared is for many subscriptions, each of which has its goroutine.
func (r *receipt) addShared(length int) {
	r.sharedBytes.Add(int64(length))
	count := int(r.sharedCount.Add(1))
	if r.isMilestone(count) {
		r.lock.Lock()
		defer r.lock.Unlock()
		r.count, r.bytes = count, int(r.sharedBytes.Load())
		r.milestone()
	}
}

func (r *receipt) isMilestone(count int) bool {
	return count%step == 0 || count == 1 || count == r.messages
}

func (r *receipt) milestone() {
	r.progress.Store(int64(r.count))
	if r.count == 1 {
		r.start()
	}
	if r.count == r.messages {
		r.stop()
		close(r.done)
	} else if r.count%step == 0 {
		r.allow(step)
	}
}

func (r *receipt) allow(wanted int) {
	more := min(wanted, r.messages-r.granted)
	if more <= 0 {
		return
	}
	r.granted += more
	if err := r.nc.Publish(creditSubject, []byte(strconv.Itoa(more))); err != nil {
		panic(err)
	}
}

// wait fails when the count stands still: a lost message would be waited for forever.
func (r *receipt) wait(size int) error {
	r.allow(window)
	for seen := int64(-1); ; {
		select {
		case <-r.done:
			if r.bytes != r.messages*size {
				return fmt.Errorf("%d messages held %d bytes", r.messages, r.bytes)
			}
			return nil
		case <-time.After(stallLimit):
			if r.progress.Load() == seen {
				return fmt.Errorf("received about %d of %d messages, then nothing", seen, r.messages)
			}
			seen = r.progress.Load()
		}
	}
}
