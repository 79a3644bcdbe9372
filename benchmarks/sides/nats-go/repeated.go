package main

import "time"

// measureRepeated calls run, which gives what it has done, until the time is up: first to be warm, then to be measured.
func (p params) measureRepeated(run func() (int, error)) (result, error) {
	runFor := func(limit time.Duration) (int, error) {
		done := 0
		for end := time.Now().Add(limit); done == 0 || time.Now().Before(end); {
			more, err := run()
			if err != nil {
				return 0, err
			}
			done += more
		}
		return done, nil
	}
	if _, err := runFor(duration(p.WarmupSeconds)); err != nil {
		return result{}, err
	}
	collectGarbage()
	var m measurement
	m.start()
	done, err := runFor(duration(p.Seconds))
	if err != nil {
		return result{}, err
	}
	m.stop()
	return m.result(done), nil
}
