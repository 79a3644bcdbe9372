package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"
)

const lifetime = time.Minute

// An order of whoever started the agent: one JSON object a line; the answer has its id.
type order struct {
	ID   int    `json:"id"`
	Do   string `json:"do"`
	Args args   `json:"args"`
}

type args struct {
	Bucket      string            `json:"bucket"`
	Key         string            `json:"key"`
	Value       string            `json:"value"`
	Revision    uint64            `json:"revision"`
	History     uint8             `json:"history"`
	TTL         int64             `json:"ttl"`
	MarkerTTL   int64             `json:"markerTtl"`
	Count       int               `json:"count"`
	Store       string            `json:"store"`
	Name        string            `json:"name"`
	To          string            `json:"to"`
	Size        int               `json:"size"`
	ChunkSize   uint32            `json:"chunkSize"`
	Description string            `json:"description"`
	Headers     map[string]string `json:"headers"`
	Metadata    map[string]string `json:"metadata"`
	Stream      string            `json:"stream"`
	Durable     string            `json:"durable"`
	Subject     string            `json:"subject"`
	MsgID       string            `json:"msgId"`
}

type answer struct {
	ID     int    `json:"id"`
	Result any    `json:"result"`
	Error  string `json:"error,omitempty"`
}

// What the agent keeps between two orders.
type agent struct {
	ctx      context.Context
	nc       *nats.Conn
	js       jetstream.JetStream
	watchers map[string]jetstream.KeyWatcher
	services map[string]micro.Service
	takers   map[string]*taker
}

type action = func(a *agent, given args) (any, error)

var actions = map[string]action{
	"kvCreate": kvCreate, "kvPut": kvPut, "kvAdd": kvAdd, "kvUpdate": kvUpdate, "kvGet": kvGet, "kvDelete": kvDelete,
	"kvPurge": kvPurge, "kvHistory": kvHistory, "kvKeys": kvKeys, "kvWatch": kvWatch, "kvWatched": kvWatched,
	"objCreate": objCreate, "objPut": objPut, "objGet": objGet, "objInfo": objInfo, "objDelete": objDelete,
	"objRename": objRename, "objLink": objLink, "objList": objList, "objSeal": objSeal,
	"svcAdd": svcAdd, "svcCall": svcCall, "svcFind": svcFind, "svcStop": svcStop,
	"jsPublish": jsPublish, "jsTake": jsTake, "jsTaken": jsTaken,
}

// serve obeys until stdin ends.
func serve(url string) error {
	nc, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lifetime)
	defer cancel()
	a := &agent{
		ctx: ctx, nc: nc, js: js,
		watchers: map[string]jetstream.KeyWatcher{},
		services: map[string]micro.Service{},
		takers:   map[string]*taker{},
	}
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var next order
		if err := json.Unmarshal(lines.Bytes(), &next); err != nil {
			return err
		}
		result, err := obey(a, next)
		said := answer{ID: next.ID, Result: result}
		if err != nil {
			said.Error = err.Error()
		}
		if err := out.Encode(said); err != nil {
			return err
		}
	}
	return lines.Err()
}

func obey(a *agent, next order) (any, error) {
	act := actions[next.Do]
	if act == nil {
		return nil, fmt.Errorf("no action %q", next.Do)
	}
	return act(a, next.Args)
}
