package live

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

// A run of 100 steps with two samples each makes a step in half a second, after a slow first one.
func TestProgress(t *testing.T) {
	var w stopwatch
	now := time.Unix(1e9, 0)
	if p := w.progress(now, 0, 100); p.Rate != 0 || p.Left != 0 {
		t.Errorf("before a step: got %+v, want no rate", p)
	}
	for i := range 21 {
		run := *oneStep
		run.Step = i
		w.step(now, &run)
		if i == 0 {
			now = now.Add(-time.Minute) // no clock may go backwards, but a stopwatch shows no nonsense if it does
			if p := w.progress(now, i, 100); p.Rate != 0 {
				t.Errorf("in the first step: got %+v, want no rate", p)
			}
			now = now.Add(time.Minute)
		}
		if i < 20 {
			now = now.Add(500 * time.Millisecond)
		}
	}
	if p, want := w.progress(now, 20, 100), (progress{Step: 21, Steps: 100, Rate: 4, Left: 39.5, All: 50}); p != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
}

// The page learns how far each run is, and that more runs are to come. It is finished when all planned runs are.
func TestEventsTellTheProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.Expect(2)
		f := begin(t, s.Server, &fixed{long(10)})
		events := watch(t, s, "")
		time.Sleep(time.Minute)
		step(t, f)
		var last struct {
			Finished       bool
			Begun, Planned int
			Progress       []progress
		}
		read := func() {
			t.Helper()
			time.Sleep(time.Minute)
			for {
				select {
				case e := <-events:
					if e.name == "data" {
						last.Progress = nil
						if err := json.NewDecoder(strings.NewReader(e.data)).Decode(&last); err != nil {
							t.Fatal(err)
						}
					}
				default:
					return
				}
			}
		}
		read()
		if len(last.Progress) != 1 || last.Progress[0].Steps != 100 || last.Begun != 1 || last.Planned != 2 || last.Finished {
			t.Errorf("got %+v, want one run of two, at step 1 of 100", last)
		}
		f.End(&train.Run{})
		read()
		if len(last.Progress) != 0 || last.Finished {
			t.Errorf("after the first run: got %+v, want no progress, and not finished", last)
		}
		second := begin(t, s.Server, &fixed{long(10)})
		step(t, second)
		second.End(&train.Run{})
		read()
		if !last.Finished || last.Begun != 2 {
			t.Errorf("after the second run: got %+v, want it finished", last)
		}
	})
}

// The page estimates the time of the networks that are to come by that of the present one.
func TestPageTellsTheTimeOfAllNetworks(t *testing.T) {
	b := browser.Open(t)
	s := &Server{}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run := s.board.add()
	s.board.put(run, madeup.Sigmoid(), progress{Step: 21, Steps: 100, Rate: 4, Left: 39.5, All: 50}, false)
	b.Go(s.URL())
	for _, c := range []struct {
		planned int
		want    string
	}{
		{1, "40 s left"},
		{4, "40 s left · about 4 min left for all 4 networks"}, // 39.5 + 3·50 = 189.5 s
		{1, "40 s left"},
	} {
		s.Expect(c.planned)
		b.Until(fmt.Sprintf("document.querySelector('.running').innerText.trim().endsWith(' · %s')", c.want))
	}
}
