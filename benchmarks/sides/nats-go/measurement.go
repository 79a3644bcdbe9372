package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type result struct {
	Side            string   `json:"side"`
	Case            string   `json:"case"`
	Messages        int      `json:"messages"`
	Seconds         float64  `json:"seconds"`
	CPUSeconds      float64  `json:"cpuSeconds"`
	BytesPerMessage *float64 `json:"bytesPerMessage,omitempty"`
	// Of a process, above what it had before.
	PeakBytes *int64   `json:"peakBytes,omitempty"`
	P50       *float64 `json:"p50,omitempty"`
	P99       *float64 `json:"p99,omitempty"`
	RSSBytes  int64    `json:"rssBytes,omitempty"`
	// How many the publisher was allowed to send, warm-up included.
	Granted int `json:"granted,omitempty"`
}

// measurement is the clock and the CPU account of one measured part.
type measurement struct {
	startedAt  time.Time
	cpuAtStart time.Duration
	seconds    float64
	cpuSeconds float64
}

func (m *measurement) start() {
	m.cpuAtStart = cpuTime()
	m.startedAt = time.Now()
}

func (m *measurement) stop() {
	m.seconds = time.Since(m.startedAt).Seconds()
	m.cpuSeconds = (cpuTime() - m.cpuAtStart).Seconds()
}

func (m *measurement) result(messages int) result {
	return result{
		Messages:   messages,
		Seconds:    m.seconds,
		CPUSeconds: m.cpuSeconds,
		RSSBytes:   residentBytes(),
	}
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// The garbage of the warm-up is not charged to the measured part.
func collectGarbage() {
	runtime.GC()
}

func settledMemory() int64 {
	for range 2 {
		debug.FreeOSMemory()
		time.Sleep(250 * time.Millisecond)
	}
	return residentBytes()
}

// residentBytes is 0 where the system has no /proc.
func residentBytes() int64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
