package main

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

func echo(r micro.Request) { _ = r.Respond(r.Data()) }

func refuse(r micro.Request) { _ = r.Error("418", "no coffee", []byte("a teapot")) }

// svcAdd offers <name>.echo and <name>.refuse.
func svcAdd(a *agent, given args) (any, error) {
	service, err := micro.AddService(a.nc, micro.Config{
		Name: given.Name, Version: "1.2.3", Description: "of nats.go", Metadata: map[string]string{"client": "nats.go"},
	})
	if err != nil {
		return nil, err
	}
	a.services[given.Name] = service
	group := service.AddGroup(given.Name)
	err = errors.Join(
		group.AddEndpoint("echo", micro.HandlerFunc(echo), micro.WithEndpointMetadata(map[string]string{"kind": "test"})),
		group.AddEndpoint("refuse", micro.HandlerFunc(refuse)),
		a.nc.Flush(),
	)
	return service.Info().ID, err
}

func svcCall(a *agent, given args) (any, error) {
	m, err := a.nc.Request(given.Subject, []byte(given.Value), limit)
	if err != nil {
		return nil, err
	}
	status, _ := strconv.Atoi(m.Header.Get(micro.ErrorCodeHeader))
	return map[string]any{
		"data": string(m.Data), "status": status, "description": m.Header.Get(micro.ErrorHeader),
	}, nil
}

// svcFind is what discovery tells of the one service of that name.
func svcFind(a *agent, given args) (any, error) {
	var ping micro.Ping
	var info micro.Info
	var stats micro.Stats
	for verb, into := range map[micro.Verb]any{micro.PingVerb: &ping, micro.InfoVerb: &info, micro.StatsVerb: &stats} {
		subject, err := micro.ControlSubject(verb, given.Name, "")
		if err != nil {
			return nil, err
		}
		m, err := a.nc.Request(subject, nil, limit)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(m.Data, into); err != nil {
			return nil, err
		}
	}
	endpoints := []map[string]any{}
	for i, endpoint := range info.Endpoints {
		endpoints = append(endpoints, map[string]any{
			"name": endpoint.Name, "subject": endpoint.Subject, "queue": endpoint.QueueGroup,
			"requests": stats.Endpoints[i].NumRequests, "errors": stats.Endpoints[i].NumErrors,
		})
	}
	return map[string]any{
		"types":    []string{ping.Type, info.Type, stats.Type},
		"id":       ping.ID,
		"version":  info.Version,
		"metadata": info.Metadata,
		"started":  !stats.Started.IsZero() && time.Since(stats.Started) < time.Hour, "endpoints": endpoints,
	}, nil
}

func svcStop(a *agent, given args) (any, error) {
	if err := a.services[given.Name].Stop(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		return nil, err
	}
	return nil, a.nc.Flush()
}
