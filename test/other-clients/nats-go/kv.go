package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

type shown struct {
	Key      string `json:"key"`
	Op       string `json:"op"`
	Value    string `json:"value"`
	Revision uint64 `json:"revision"`
}

var ops = map[jetstream.KeyValueOp]string{
	jetstream.KeyValuePut: "put", jetstream.KeyValueDelete: "delete", jetstream.KeyValuePurge: "purge",
}

func show(entry jetstream.KeyValueEntry) shown {
	return shown{entry.Key(), ops[entry.Operation()], string(entry.Value()), entry.Revision()}
}

func millis(count int64) time.Duration { return time.Duration(count) * time.Millisecond }

func (a *agent) bucket(given args) (jetstream.KeyValue, error) {
	return a.js.KeyValue(a.ctx, given.Bucket)
}

func kvCreate(a *agent, given args) (any, error) {
	_, err := a.js.CreateKeyValue(a.ctx, jetstream.KeyValueConfig{
		Bucket: given.Bucket, History: given.History, LimitMarkerTTL: millis(given.MarkerTTL),
	})
	return nil, err
}

func kvPut(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	return bucket.Put(a.ctx, given.Key, []byte(given.Value))
}

func kvAdd(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	var options []jetstream.KVCreateOpt
	if given.TTL > 0 {
		options = append(options, jetstream.KeyTTL(millis(given.TTL)))
	}
	return bucket.Create(a.ctx, given.Key, []byte(given.Value), options...)
}

func kvUpdate(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	return bucket.Update(a.ctx, given.Key, []byte(given.Value), given.Revision)
}

func kvGet(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	entry, err := bucket.Get(a.ctx, given.Key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return show(entry), nil
}

func kvDelete(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	return nil, bucket.Delete(a.ctx, given.Key)
}

func kvPurge(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	var options []jetstream.KVDeleteOpt
	if given.TTL > 0 {
		options = append(options, jetstream.PurgeTTL(millis(given.TTL)))
	}
	return nil, bucket.Purge(a.ctx, given.Key, options...)
}

func kvHistory(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	entries, err := bucket.History(a.ctx, given.Key)
	all := []shown{}
	for _, entry := range entries {
		all = append(all, show(entry))
	}
	return all, err
}

func kvKeys(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	keys, err := bucket.Keys(a.ctx)
	return keys, err
}

// kvWatch answers with what is there; kvWatched with so many changes since.
func kvWatch(a *agent, given args) (any, error) {
	bucket, err := a.bucket(given)
	if err != nil {
		return nil, err
	}
	watcher, err := bucket.WatchAll(context.Background())
	if err != nil {
		return nil, err
	}
	a.watchers[given.Bucket] = watcher
	there := []shown{}
	for entry := range watcher.Updates() {
		if entry == nil {
			break
		}
		there = append(there, show(entry))
	}
	return there, nil
}

func kvWatched(a *agent, given args) (any, error) {
	watcher := a.watchers[given.Bucket]
	changes := []shown{}
	late := time.After(limit)
	for len(changes) < given.Count {
		select {
		case entry := <-watcher.Updates():
			changes = append(changes, show(entry))
		case <-late:
			return nil, fmt.Errorf("only %d changes: %v", len(changes), changes)
		}
	}
	return changes, watcher.Stop()
}
