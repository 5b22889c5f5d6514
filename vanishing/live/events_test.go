package live

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

func TestViewersSeeEachSnapshot(t *testing.T) { synctest.Test(t, testViewersSeeEachSnapshot) }

func testViewersSeeEachSnapshot(t *testing.T) {
	s := open(t)
	all := madeup.Sigmoid()
	source := &fixed{all}
	first, second := watch(t, s, ""), watch(t, s, "")
	if m := decode(t, next(t, first)); len(m.Page.Runs) != 0 || m.Finished {
		t.Errorf("before the run there is %+v", m)
	}
	f := begin(t, s.Server, source)
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
	synctest.Test(t, testReconnectingViewersGetWhatTheyMissed)
}

func testReconnectingViewersGetWhatTheyMissed(t *testing.T) {
	s := open(t)
	source := &fixed{long(10)}
	f := begin(t, s.Server, source)
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

	other := open(t) // as after a restart
	g := begin(t, other.Server, source)
	step(t, g)
	if m := decode(t, next(t, watch(t, other, e.id))); len(m.Page.Runs) != 1 {
		t.Errorf("another server sends %+v to a viewer of the first", m)
	}
}

func TestSnapshotsAreAtMostTenASecond(t *testing.T) {
	synctest.Test(t, testSnapshotsAreAtMostTenASecond)
}

func testSnapshotsAreAtMostTenASecond(t *testing.T) {
	s := &Server{}
	f := begin(t, s, &fixed{long(10)})
	before := s.board.version
	begun := time.Now()
	for time.Since(begun) < 10*minInterval {
		f.AfterStep(oneStep)
		time.Sleep(minInterval / 10)
	}
	if n := s.board.version - before; n != 10 {
		t.Errorf("%d snapshots in the time of 10", n)
	}
}

func TestManyRunsAreBounded(t *testing.T) {
	s := &Server{}
	for i := range 10 {
		f := begin(t, s, &fixed{madeup.Network{Name: string(rune('a' + i)), Layers: 4, Steps: 2, Factor: 0.5, Bare: true}.Profile()})
		step(t, f)
	}
	_, v := s.board.view()
	if len(v.profiles) != maxRuns || v.profiles[0].Name != "d" || v.profiles[maxRuns-1].Name != "j" {
		t.Errorf("%d runs are shown, from %q on", len(v.profiles), v.profiles[0].Name)
	}
}

// A viewer that reads nothing delays neither the run nor other viewers, and is dropped.
func TestSlowViewersAreNotWaitedFor(t *testing.T) { synctest.Test(t, testSlowViewersAreNotWaitedFor) }

func testSlowViewersAreNotWaitedFor(t *testing.T) {
	s := open(t)
	f := begin(t, s.Server, &fixed{long(10)})
	begun := time.Now()
	slow := ask(t, s, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
	events := watch(t, s, "")
	next(t, events)
	for range 3 {
		step(t, f)
		next(t, events)
	}
	if held := time.Since(begun); held > time.Second {
		t.Errorf("three steps are seen after %v", held)
	}
	time.Sleep(patience)
	if _, err := io.ReadAll(slow); err != nil {
		t.Error(err)
	}
	if n := s.viewers.count(); n != 1 {
		t.Errorf("there are %d viewers after the server's patience, want 1", n)
	}
}

// A viewer stays while nothing happens: the timeout of a request does not apply to its answer.
func TestViewersStay(t *testing.T) { synctest.Test(t, testViewersStay) }

func testViewersStay(t *testing.T) {
	s := open(t)
	events := watch(t, s, "")
	next(t, events)
	time.Sleep(time.Hour)
	step(t, begin(t, s.Server, &fixed{long(10)}))
	next(t, events)
	if n := s.viewers.count(); n != 1 {
		t.Errorf("there are %d viewers, want the first", n)
	}
}

func TestInvalidProfilesAreReported(t *testing.T) { synctest.Test(t, testInvalidProfilesAreReported) }

func testInvalidProfilesAreReported(t *testing.T) {
	s := open(t)
	p := madeup.Sigmoid()
	p.Records[3].Layers = nil
	f := begin(t, s.Server, &fixed{p})
	step(t, f)
	events := watch(t, s, "")
	if e := next(t, events); e.name != "failure" || !strings.Contains(e.data, "plain sigmoid") {
		t.Errorf("the viewer is sent %+v", e)
	}
}

// A server that is closed directly after a run still sends its end to all viewers, also to those in the pause after a step.
func TestClosingTellsTheEnd(t *testing.T) { synctest.Test(t, testClosingTellsTheEnd) }

func testClosingTellsTheEnd(t *testing.T) {
	for range 3 {
		s := open(t)
		f := begin(t, s.Server, &fixed{long(10)})
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
