// The nats.go side: `nats-go <case> <json-params>`, one line of JSON on stdout.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	creditSubject = "bench.credit"
	doneSubject   = "bench.done"
	echoSubject   = "bench.echo"
	// Said to creditSubject in place of a number: nothing more will be granted.
	noMore = "end"
)

type params struct {
	Port int    `json:"port"`
	Size int    `json:"size"`
	Mode string `json:"mode"`
	// Of the memory case, which is the only one with fixed counts.
	Messages int `json:"messages"`
	Warmup   int `json:"warmup"`

	Seconds       float64 `json:"seconds"`
	WarmupSeconds float64 `json:"warmupSeconds"`
	Subjects      int     `json:"subjects"`
	Burst         int     `json:"burst"`
	InFlight      int     `json:"inFlight"`

	// Of the JetStream cases.
	Storage  string `json:"storage"`
	Acks     bool   `json:"acks"`
	Capacity int    `json:"capacity"`
	Stored   int    `json:"stored"`

	// Of buckets and objects.
	Keys  int `json:"keys"`
	Bytes int `json:"bytes"`
}

var cases = map[string]func(params) (result, error){
	"publish": publish,
	"receive": receive,
	"request": request,
	"memory":  memory,

	"jetstream-publish": jetStreamPublish,
	"jetstream-consume": jetStreamConsume,
	"kv-entries":        kvEntries, "kv-listing": kvListing, "objects": objects, "service": service,
}

func (p params) url() string {
	return fmt.Sprintf("nats://127.0.0.1:%d", p.Port)
}

func (p params) connect() (*nats.Conn, error) {
	return nats.Connect(p.url())
}

// subjects are those of the raw publisher.
func (p params) subjects() []string {
	if p.Subjects <= 1 {
		return []string{"bench.a"}
	}
	names := make([]string, p.Subjects)
	for i := range names {
		names[i] = fmt.Sprintf("bench.s%04d", i)
	}
	return names
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

func run() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("wanted: <case> <json-params>")
	}
	measure, known := cases[os.Args[1]]
	if !known {
		return fmt.Errorf("no such case")
	}
	var p params
	if err := json.Unmarshal([]byte(os.Args[2]), &p); err != nil {
		return err
	}
	r, err := measure(p)
	if err != nil {
		return err
	}
	r.Side, r.Case = "nats.go", os.Args[1]
	return json.NewEncoder(os.Stdout).Encode(r)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "nats.go:", os.Args[1:], err)
		os.Exit(1)
	}
}
