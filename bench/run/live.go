package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/live"
)

// A followedStepper is a network with a recorder and a live page.
type followedStepper struct {
	bench.Stepper
	page train.Callback
}

// Step implements bench.Stepper.
func (s *followedStepper) Step() (float64, error) {
	loss, err := s.Stepper.Step()
	if err != nil {
		return 0, err
	}
	return loss, s.page.AfterStep(nil)
}

// viewers is the number of viewers of the page.
const viewers = 2

// A pageCost is the cost of the live page: the time of a step divided by that of a twin with the same recorder but without the
// page.
type pageCost struct {
	workload string
	ratio    ratio
	messages float64 // per second to a viewer
}

// measurePage interleaves the network and its twin. Each trains long enough at a time to send several messages.
func measurePage(w bench.Workload, quick bool) (pageCost, error) {
	turns, length := 40, time.Second
	if quick {
		turns = 12
	}
	server := &live.Server{}
	if err := server.Start(); err != nil {
		return pageCost{}, err
	}
	defer server.Close()
	followed, alone, err := newFollowed(server, w)
	if err != nil {
		return pageCost{}, err
	}
	counts := make([]counter, viewers)
	for i := range counts {
		if err := counts[i].watch(server.URL() + "/events"); err != nil {
			return pageCost{}, err
		}
	}
	var ratios []float64
	for i := range turns + 1 {
		var with, without float64
		for k := range 2 {
			if (i+k)%2 == 0 {
				with, err = pace(followed, length)
			} else {
				without, err = pace(alone, length)
			}
			if err != nil {
				return pageCost{}, err
			}
			time.Sleep(200 * time.Millisecond) // lets the server send the last message
		}
		if i > 0 { // the first turn is a warm-up
			ratios = append(ratios, with/without)
		}
	}
	seconds := length.Seconds() * float64(turns+1)
	return pageCost{w.Name, ratioOfList(ratios), float64(counts[0].messages.Load()) / seconds}, nil
}

// newFollowed sets up a network with a page, and its twin without.
func newFollowed(server *live.Server, w bench.Workload) (followed, alone bench.Stepper, err error) {
	recorder := &vanishing.Recorder{Name: w.Name}
	f := &followedStepper{page: server.Follow(recorder)}
	if f.Stepper, err = bench.NewOurs(w, 64, "sgd", recorder); err != nil {
		return nil, nil, err
	}
	if err := f.page.Begin(nil); err != nil {
		return nil, nil, err
	}
	alone, err = bench.NewOurs(w, 64, "sgd", &vanishing.Recorder{Name: w.Name})
	return f, alone, err
}

// pace trains for some time and returns the time of a step.
func pace(s bench.Stepper, length time.Duration) (float64, error) {
	start, steps := time.Now(), 0
	for time.Since(start) < length {
		for range turnSteps {
			if _, err := s.Step(); err != nil {
				return 0, err
			}
			steps++
		}
	}
	return time.Since(start).Seconds() / float64(steps), nil
}

// A counter is a viewer that counts the messages.
type counter struct{ messages atomic.Int64 }

// watch reads events until the server ends.
func (c *counter) watch(url string) error {
	response, err := http.Get(url)
	if err != nil {
		return errors.WithStack(err)
	}
	if response.StatusCode != http.StatusOK {
		return errors.Errorf("%s: %s", url, response.Status)
	}
	go func() {
		defer response.Body.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := response.Body.Read(buffer)
			c.messages.Add(int64(bytes.Count(buffer[:n], []byte("\n\n"))))
			if err != nil {
				return
			}
		}
	}()
	return nil
}

// comparePages measures the page with all networks.
func comparePages(log io.Writer, quick bool, only string) ([]pageCost, error) {
	var list []pageCost
	for _, w := range bench.Workloads {
		if !strings.Contains(only, w.Name) {
			continue
		}
		cost, err := measurePage(w, quick)
		if err != nil {
			return nil, err
		}
		list = append(list, cost)
		fmt.Fprintf(log, "live page, (%s): %v, %.1f messages a second\n", w.Name, cost.ratio, cost.messages)
	}
	return list, nil
}
