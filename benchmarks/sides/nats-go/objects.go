package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/nats-io/nats.go/jetstream"
)

// letters gives the same byte again and again.
type letters struct{}

func (letters) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = 'a'
	}
	return len(into), nil
}

func put(ctx context.Context, store jetstream.ObjectStore, name string, size int) (int, error) {
	source := io.LimitReader(letters{}, int64(size))
	_, err := store.Put(ctx, jetstream.ObjectMeta{Name: name}, source)
	return size, err
}

func get(ctx context.Context, store jetstream.ObjectStore, size int) (int, error) {
	object, err := store.Get(ctx, "stored")
	if err != nil {
		return 0, err
	}
	read, err := io.Copy(io.Discard, object)
	if err == nil && int(read) != size {
		return 0, fmt.Errorf("%d of %d bytes", read, size)
	}
	return int(read), err
}

// forgetPeak makes the peak begin anew, which Linux alone can do.
func forgetPeak() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peakBytes is the most resident memory since forgetPeak.
func peakBytes() (int64, error) {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			var kibi int64
			if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kibi); err == nil {
				return kibi * 1024, nil
			}
		}
	}
	var usage syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Maxrss * 1024, err
}

// objects counts bytes.
func objects(p params) (result, error) {
	ctx := context.Background()
	nc, err := p.connect()
	if err != nil {
		return result{}, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return result{}, err
	}
	// A side that failed has left one.
	_ = js.DeleteObjectStore(ctx, benchBucket)
	store, err := js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: benchBucket})
	if err != nil {
		return result{}, err
	}
	if p.Mode == "get" {
		if _, err := put(ctx, store, "stored", p.Bytes); err != nil {
			return result{}, err
		}
	}
	before := settledMemory()
	forgetPeak()
	r, err := p.measureRepeated(func() (int, error) {
		if p.Mode == "get" {
			return get(ctx, store, p.Bytes)
		}
		return put(ctx, store, "measured", p.Bytes)
	})
	if err != nil {
		return result{}, err
	}
	peak, err := peakBytes()
	if err != nil {
		return result{}, err
	}
	above := peak - before
	r.PeakBytes = &above
	return r, js.DeleteObjectStore(ctx, benchBucket)
}
