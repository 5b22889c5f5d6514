package live

import (
	"encoding/json"
	"iter"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradflow/gradflow/vanishing"
)

// Shown profiles replace each other, and are never finished. Nothing is said of their progress.
func TestShow(t *testing.T) { synctest.Test(t, testShow) }

func testShow(t *testing.T) {
	s := open(t)
	events := watch(t, s, "")
	for _, c := range []struct{ shown, want int }{{2, 2}, {9, maxRuns}, {1, 1}} {
		profiles := make([]vanishing.Profile, c.shown)
		for i := range profiles {
			profiles[i] = long(10 + i)
		}
		s.Show(profiles...)
		time.Sleep(time.Minute)
		var last struct {
			Finished bool
			Begun    int
			Progress []progress
			Page     struct{ Runs []json.RawMessage }
		}
		for e := range queued(events) {
			if e.name == "data" {
				if err := json.Unmarshal([]byte(e.data), &last); err != nil {
					t.Fatal(err)
				}
			}
		}
		if last.Finished || last.Begun != c.shown || len(last.Progress) != 0 || len(last.Page.Runs) != c.want {
			t.Errorf("%d profiles: got %d of %d, finished %v, progress %v, want %d", c.shown, len(last.Page.Runs), last.Begun, last.Finished, last.Progress, c.want)
		}
	}
	var h health
	if err := json.Unmarshal(serve(s.Server, newRequest(http.MethodGet, "/healthz")).Body.Bytes(), &h); err != nil || h != (health{Runs: 1, Step: 90}) {
		t.Errorf("health: got %+v, want one run at step 90; %v", h, err)
	}
}

// queued are the events that have come.
func queued(events <-chan event) iter.Seq[event] {
	return func(yield func(event) bool) {
		for {
			select {
			case e := <-events:
				if !yield(e) {
					return
				}
			default:
				return
			}
		}
	}
}
