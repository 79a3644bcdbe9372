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
// as the window allows, so that nothing is dropped on the way. After its time it grants no more, and
// waits for what it has granted. The clock runs from the first message to the last.
type receipt struct {
	measurement
	nc      *nats.Conn
	limit   time.Duration
	granted int
	bytes   int
	count   int
	isOver  bool

	lock        sync.Mutex
	sharedCount atomic.Int64
	sharedBytes atomic.Int64
	progress    atomic.Int64
	done        chan struct{}
}

func newReceipt(nc *nats.Conn, limit time.Duration) *receipt {
	return &receipt{nc: nc, limit: limit, done: make(chan struct{})}
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

// What is granted is a multiple of a step, and so the last message is a milestone too.
func (r *receipt) isMilestone(count int) bool {
	return count%step == 0 || count == 1
}

func (r *receipt) milestone() {
	r.progress.Store(int64(r.count))
	if r.startedAt.IsZero() {
		r.start()
	}
	if r.count%step != 0 || r.isOver {
		return
	}
	if time.Since(r.startedAt) < r.limit {
		r.allow(step)
	} else if r.count == r.granted {
		r.isOver = true
		r.stop()
		close(r.done)
	}
}

func (r *receipt) allow(more int) {
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
			if r.bytes != r.granted*size {
				return fmt.Errorf("%d messages held %d bytes", r.granted, r.bytes)
			}
			return nil
		case <-time.After(stallLimit):
			if r.progress.Load() == seen {
				return fmt.Errorf("received about %d of %d messages, then nothing", seen, r.granted)
			}
			seen = r.progress.Load()
		}
	}
}
