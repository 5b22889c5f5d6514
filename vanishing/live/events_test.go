package live

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

func TestViewersSeeEachSnapshot(t *testing.T) {
	s := start(t)
	all := madeup.Sigmoid()
	source := &fixed{all}
	first, second := watch(t, s, ""), watch(t, s, "")
	if m := decode(t, next(t, first)); len(m.Page.Runs) != 0 || m.Finished {
		t.Errorf("before the run there is %+v", m)
	}
	f := begin(t, s, source)
	for n := 1; n <= 3; n++ {
		source.profile.Records = all.Records[:10*n]
		step(t, f)
		for _, events := range []<-chan event{first, second} {
			_, m := until(t, events, func(m sent) bool { return len(m.Page.Runs) == 1 && m.Page.Runs[0].Records == 10*n })
			run := m.Page.Runs[0]
			if run.Name != "plain sigmoid" || run.Verdict != "vanishing" || run.Norms.Steps[len(run.Norms.Steps)-1] != 10*(10*n-1) {
				t.Errorf("after %d records the viewer has %+v", 10*n, run)
			}
		}
	}
	f.End(nil)
	until(t, first, func(m sent) bool { return m.Finished })
}

func TestReconnectingViewersGetWhatTheyMissed(t *testing.T) {
	s := start(t)
	source := &fixed{madeup.Sigmoid()}
	f := begin(t, s, source)
	step(t, f)
	e, _ := until(t, watch(t, s, ""), func(m sent) bool { return len(m.Page.Runs) == 1 })

	again := watch(t, s, e.id)
	select {
	case e := <-again:
		t.Errorf("a viewer who has the newest is sent %+v", e)
	case <-time.After(300 * time.Millisecond):
	}
	f.End(nil)
	if !decode(t, next(t, again)).Finished {
		t.Error("the next message is not the newest")
	}

	other := start(t) // as after a restart
	g := begin(t, other, source)
	step(t, g)
	if m := decode(t, next(t, watch(t, other, e.id))); len(m.Page.Runs) != 1 {
		t.Errorf("another server sends %+v to a viewer of the first", m)
	}
}

func TestSnapshotsAreAtMostTenASecond(t *testing.T) {
	s := &Server{}
	f := begin(t, s, &fixed{madeup.Sigmoid()})
	before := s.board.version
	begun := time.Now()
	for time.Since(begun) < 350*time.Millisecond {
		f.AfterStep(nil)
	}
	if n, most := s.board.version-before, int(time.Since(begun)/interval)+1; n < 2 || n > most {
		t.Errorf("%d snapshots, want 2 to %d", n, most)
	}
}

// However many viewers there are, a message is written for all of them, and then none for a hundred times as long as that took.
func TestWritingMessagesIsBounded(t *testing.T) {
	s := &Server{}
	f := begin(t, s, &fixed{madeup.Sigmoid()})
	step(t, f)
	m, again, err := s.board.newest()
	if err != nil || again != 0 {
		t.Fatal(again, err)
	}
	for range 10 {
		step(t, f)
		now, again, err := s.board.newest()
		if err != nil || now.id != m.id || again <= 0 {
			t.Fatalf("right after a message there is another one: %q, %v, %v", now.id, again, err)
		}
	}
	if err := f.End(nil); err != nil {
		t.Fatal(err)
	}
	if last, again, err := s.board.newest(); err != nil || again != 0 || last.id == m.id || !strings.Contains(string(last.data), `"finished":true`) {
		t.Errorf("the end of the run is held back: %q behind %q, %v, %v", last.id, m.id, again, err)
	}
	if rest := time.Until(m.due); rest > 30*time.Second {
		t.Errorf("the next message is due in %v", rest)
	}
	if len(m.data) > 200<<10 {
		t.Errorf("a message has %d bytes", len(m.data))
	}
}

func TestManyRunsAreBounded(t *testing.T) {
	s := &Server{}
	for i := range 10 {
		f := begin(t, s, &fixed{madeup.Network{Name: string(rune('a' + i)), Layers: 4, Steps: 2, Factor: 0.5, Bare: true}.Profile()})
		step(t, f)
	}
	_, profiles, _ := s.board.profiles()
	if len(profiles) != maxRuns || profiles[0].Name != "d" || profiles[maxRuns-1].Name != "j" {
		t.Errorf("%d runs are shown, from %q on", len(profiles), profiles[0].Name)
	}
}

// A stuck viewer takes no bytes until its deadline, which passes when the test says so.
type stuck struct {
	http.ResponseWriter
	writes   chan struct{} // one for each write that has begun
	deadline chan struct{}
	until    time.Time
}

func (s *stuck) Write([]byte) (int, error) {
	s.writes <- struct{}{}
	<-s.deadline
	return 0, os.ErrDeadlineExceeded
}

func (s *stuck) SetWriteDeadline(until time.Time) error {
	s.until = until
	return nil
}

// A viewer who takes nothing holds up neither the run nor the others, and is dropped.
func TestSlowViewersAreNotWaitedFor(t *testing.T) {
	s := start(t)
	f := begin(t, s, &fixed{madeup.Sigmoid()})
	slow := &stuck{ResponseWriter: httptest.NewRecorder(), writes: make(chan struct{}, 10), deadline: make(chan struct{})}
	dropped := make(chan struct{})
	go func() {
		defer close(dropped)
		s.events(slow, httptest.NewRequest("GET", "/events", nil))
	}()
	<-slow.writes
	events := watch(t, s, "")
	next(t, events)
	for range 3 {
		step(t, f)
		next(t, events)
	}
	if wait := time.Until(slow.until); wait > patience {
		t.Errorf("the server has patience for %v", wait)
	}
	close(slow.deadline)
	<-dropped
}

func TestInvalidProfilesAreReported(t *testing.T) {
	s := start(t)
	p := madeup.Sigmoid()
	p.Records[3].Layers = nil
	f := begin(t, s, &fixed{p})
	step(t, f)
	events := watch(t, s, "")
	if e := next(t, events); e.name != "failure" || !strings.Contains(e.data, "plain sigmoid") {
		t.Errorf("the viewer is sent %+v", e)
	}
}

// A server that is closed right behind a run still tells its viewers how it ended, also those who wait for the time to hear of
// a step.
func TestClosingTellsTheEnd(t *testing.T) {
	for range 3 {
		s := start(t)
		f := begin(t, s, &fixed{madeup.Sigmoid()})
		step(t, f)
		events := watch(t, s, "")
		until(t, events, func(m sent) bool { return len(m.Page.Runs) == 1 })
		step(t, f)
		time.Sleep(10 * time.Millisecond)
		if err := f.End(nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		until(t, events, func(m sent) bool { return m.Finished })
	}
}
