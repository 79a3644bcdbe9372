package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sort"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What an object of a size has in it, for all clients.
func filling(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i % 251)
	}
	return data
}

func (a *agent) store(given args) (jetstream.ObjectStore, error) {
	return a.js.ObjectStore(a.ctx, given.Store)
}

func objCreate(a *agent, given args) (any, error) {
	_, err := a.js.CreateObjectStore(a.ctx, jetstream.ObjectStoreConfig{Bucket: given.Store})
	return nil, err
}

func objPut(a *agent, given args) (any, error) {
	store, err := a.store(given)
	if err != nil {
		return nil, err
	}
	meta := jetstream.ObjectMeta{Name: given.Name, Description: given.Description, Metadata: given.Metadata}
	if given.ChunkSize > 0 {
		meta.Opts = &jetstream.ObjectMetaOptions{ChunkSize: given.ChunkSize}
	}
	if given.Headers != nil {
		meta.Headers = nats.Header{}
		for name, value := range given.Headers {
			meta.Headers.Set(name, value)
		}
	}
	_, err = store.Put(a.ctx, meta, bytes.NewReader(filling(given.Size)))
	return nil, err
}

func objGet(a *agent, given args) (any, error) {
	store, err := a.store(given)
	if err != nil {
		return nil, err
	}
	data, err := store.GetBytes(a.ctx, given.Name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return map[string]any{"size": len(data), "sha256": hex.EncodeToString(sum[:])}, nil
}

func objInfo(a *agent, given args) (any, error) {
	store, err := a.store(given)
	if err != nil {
		return nil, err
	}
	info, err := store.GetInfo(a.ctx, given.Name, jetstream.GetObjectInfoShowDeleted())
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	said := map[string]any{
		"name": info.Name, "size": info.Size, "chunks": info.Chunks, "digest": info.Digest, "deleted": info.Deleted,
		"description": info.Description,
	}
	if info.Headers != nil {
		said["header"] = info.Headers.Get("X-Kind")
	}
	if info.Metadata != nil {
		said["metadata"] = info.Metadata
	}
	if info.Opts != nil && info.Opts.Link != nil {
		said["link"] = map[string]string{"store": info.Opts.Link.Bucket, "object": info.Opts.Link.Name}
	}
	return said, nil
}

func objDelete(a *agent, given args) (any, error) {
	store, err := a.store(given)
	if err != nil {
		return nil, err
	}
	return nil, store.Delete(a.ctx, given.Name)
}

func objRename(a *agent, given args) (any, error) {
	store, err := a.store(given)
	if err != nil {
		return nil, err
	}
	return nil, store.UpdateMeta(a.ctx, given.Name, jetstream.ObjectMeta{Name: given.To})
}

func objLink(a *agent, given args) (any, error) {
	store, err := a.store(given)
	if err != nil {
		return nil, err
	}
	target, err := store.GetInfo(a.ctx, given.To)
	if err != nil {
		return nil, err
	}
	_, err = store.AddLink(a.ctx, given.Name, target)
	return nil, err
}

func objList(a *agent, given args) (any, error) {
	store, err := a.store(given)
	if err != nil {
		return nil, err
	}
	infos, err := store.List(a.ctx)
	names := []string{}
	for _, info := range infos {
		names = append(names, info.Name)
	}
	sort.Strings(names)
	return names, err
}

func objSeal(a *agent, given args) (any, error) {
	store, err := a.store(given)
	if err != nil {
		return nil, err
	}
	return nil, store.Seal(a.ctx)
}
