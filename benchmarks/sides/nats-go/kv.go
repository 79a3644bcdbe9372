package main

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const benchBucket = "BENCH"

func (p params) bucket(ctx context.Context) (*nats.Conn, jetstream.JetStream, jetstream.KeyValue, error) {
	nc, err := p.connect()
	if err != nil {
		return nil, nil, nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, nil, nil, err
	}
	// A side that failed has left one.
	_ = js.DeleteKeyValue(ctx, benchBucket)
	bucket, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: benchBucket})
	return nc, js, bucket, err
}

// allKeys acts on each key, with so many at work.
func allKeys(keys, workers int, act func(key string) error) (int, error) {
	var next atomic.Int64
	failures := make(chan error, workers)
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for i := next.Add(1) - 1; i < int64(keys); i = next.Add(1) - 1 {
				if err := act(fmt.Sprintf("key.%d", i)); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	working.Wait()
	close(failures)
	return keys, <-failures
}

func kvEntries(p params) (result, error) {
	ctx := context.Background()
	nc, js, bucket, err := p.bucket(ctx)
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	payload := bytes.Repeat([]byte("a"), p.Size)
	put := func(key string) error {
		_, err := bucket.Put(ctx, key, payload)
		return err
	}
	get := func(key string) error {
		entry, err := bucket.Get(ctx, key)
		if err == nil && len(entry.Value()) != p.Size {
			return errWrongSize
		}
		return err
	}
	if _, err := allKeys(p.Keys, 100, put); err != nil {
		return result{}, err
	}
	act := put
	if p.Mode == "get" {
		act = get
	}
	r, err := p.measureRepeated(func() (int, error) { return allKeys(p.Keys, p.InFlight, act) })
	if err != nil {
		return result{}, err
	}
	return r, js.DeleteKeyValue(ctx, benchBucket)
}

// The server throws away what comes while 100,000 messages wait to be stored.
const keysAtOnce = 10_000

func fillBucket(ctx context.Context, nc *nats.Conn, bucket jetstream.KeyValue, payload []byte, keys int) error {
	for sent := 0; sent < keys; {
		end := min(keys, sent+keysAtOnce)
		for ; sent < end; sent++ {
			if err := nc.Publish(fmt.Sprintf("$KV.%s.key.%d", benchBucket, sent), payload); err != nil {
				return err
			}
		}
		for {
			status, err := bucket.Status(ctx)
			if err != nil {
				return err
			}
			if int(status.Values()) >= end {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nil
}

func listKeys(ctx context.Context, bucket jetstream.KeyValue) (int, error) {
	lister, err := bucket.ListKeys(ctx)
	if err != nil {
		return 0, err
	}
	count := 0
	for range lister.Keys() {
		count++
	}
	return count, nil
}

func watchUntilSynced(ctx context.Context, bucket jetstream.KeyValue) (int, error) {
	watcher, err := bucket.WatchAll(ctx)
	if err != nil {
		return 0, err
	}
	count := 0
	for entry := range watcher.Updates() {
		if entry == nil {
			break
		}
		count++
	}
	return count, watcher.Stop()
}

func kvListing(p params) (result, error) {
	ctx := context.Background()
	nc, js, bucket, err := p.bucket(ctx)
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	if err := fillBucket(ctx, nc, bucket, bytes.Repeat([]byte("a"), p.Size), p.Keys); err != nil {
		return result{}, err
	}
	list := listKeys
	if p.Mode == "watch" {
		list = watchUntilSynced
	}
	r, err := p.measureRepeated(func() (int, error) {
		listed, err := list(ctx, bucket)
		if err == nil && listed != p.Keys {
			return 0, fmt.Errorf("%d of %d keys", listed, p.Keys)
		}
		return listed, err
	})
	if err != nil {
		return result{}, err
	}
	return r, js.DeleteKeyValue(ctx, benchBucket)
}
