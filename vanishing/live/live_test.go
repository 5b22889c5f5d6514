package live

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/report"
)

// fixed is a source whose profile a test sets.
type fixed struct{ profile vanishing.Profile }

func (f *fixed) Profile() vanishing.Profile { return f.profile }

func start(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// step gives a follower one step of a run, as if the last one were long ago.
func step(t testing.TB, f *follower) {
	t.Helper()
	f.due = time.Time{}
	if err := f.AfterStep(nil); err != nil {
		t.Fatal(err)
	}
}

// begin has a server follow a source.
func begin(t testing.TB, s *Server, source Source) *follower {
	t.Helper()
	f := s.Follow(source).(*follower)
	if err := f.Begin(nil); err != nil {
		t.Fatal(err)
	}
	return f
}

// An event is one of the stream.
type event struct{ id, name, data string }

// watch reads a server's events until the test ends.
func watch(t testing.TB, s *Server, last string) <-chan event {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, "GET", s.URL()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", last)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("the events are of type %q", kind)
	}
	events := make(chan event, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(events)
		defer response.Body.Close()
		readEvents(response.Body, events)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return events
}

func readEvents(r io.Reader, events chan<- event) {
	lines := bufio.NewReader(r)
	var e event
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); key {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if e.name != "" {
				events <- e
			}
			e = event{}
		}
	}
}

// next is the next event.
func next(t testing.TB, events <-chan event) event {
	t.Helper()
	select {
	case e, open := <-events:
		if !open {
			t.Fatal("the stream of events has ended")
		}
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no event came")
	}
	panic("not reached")
}

// sent is what the tests read of an event.
type sent struct {
	Finished bool
	Page     struct {
		Runs []struct {
			Name    string
			Verdict string
			Records int
			Norms   struct{ Steps []int }
		}
	}
}

func decode(t testing.TB, e event) sent {
	t.Helper()
	var m sent
	if err := json.Unmarshal([]byte(e.data), &m); err != nil {
		t.Fatalf("%v in %.200q", err, e.data)
	}
	return m
}

// until waits for an event that says what is expected.
func until(t testing.TB, events <-chan event, want func(sent) bool) (event, sent) {
	t.Helper()
	for {
		e := next(t, events)
		if m := decode(t, e); want(m) {
			return e, m
		}
	}
}

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

// However many viewers there are, a message is written for all of them, and then none for fifty times as long as that took.
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

func TestPagesOfTheServer(t *testing.T) {
	s := start(t)
	p := madeup.Sigmoid()
	p.Records[0].Loss = math.NaN()
	step(t, begin(t, s, &fixed{p}))
	for path, want := range map[string]string{
		"/": "<!doctype html>", "/profile.json": `{"schema":`, "/healthz": `{"runs":1,"step":1190,"finished":false}`,
	} {
		if status, text := get(t, s.URL()+path, ""); status != 200 || !strings.HasPrefix(text, want) {
			t.Errorf("%s: %d, %.80q, want %q", path, status, text, want)
		}
	}
	_, text := get(t, s.URL()+"/profile.json", "")
	if profiles, err := report.ReadJSON(strings.NewReader(text)); err != nil || len(profiles) != 1 || len(profiles[0].Records) != 120 {
		t.Errorf("the JSON holds %d profiles: %v", len(profiles), err)
	}
	if status, _ := get(t, s.URL()+"/other", ""); status != http.StatusNotFound {
		t.Errorf("/other: %d", status)
	}
	response, err := http.Post(s.URL()+"/", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", response.StatusCode)
	}
}

func get(t testing.TB, url, host string) (int, string) {
	t.Helper()
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestForeignNamesAreRefused(t *testing.T) {
	s := &Server{Hosts: []string{"trainer.lan"}}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for host, want := range map[string]int{
		"": 200, "localhost": 200, "localhost:80": 200, "127.0.0.1": 200, "[::1]:9": 200, "192.168.1.2:80": 200, "trainer.lan": 200, "TRAINER.LAN:8080": 200,
		"evil.example": 403, "evil.example:80": 403, "127.0.0.1.evil.example": 403, "localhost.evil.example": 403,
	} {
		for _, path := range []string{"/healthz", "/profile.json"} {
			if status, _ := get(t, s.URL()+path, host); status != want {
				t.Errorf("%s for host %q: %d, want %d", path, host, status, want)
			}
		}
	}
}

func TestOnlyThisMachineUnlessToldOtherwise(t *testing.T) {
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0"} {
		if err := (&Server{Address: address}).Start(); err == nil || !strings.Contains(err.Error(), "Public") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := (&Server{Address: "nonsense"}).Start(); err == nil {
		t.Error("an address without a port is taken")
	}
	s := &Server{Address: "0.0.0.0:0", Public: true}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	s.Close()
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

func TestCloseEndsEverything(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	before := runtime.NumGoroutine()
	s := &Server{}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err == nil {
		t.Error("a server can be started twice")
	}
	f := begin(t, s, &fixed{madeup.Sigmoid()})
	step(t, f)
	var bodies []io.Closer
	for range 5 {
		response, err := http.Get(s.URL() + "/events")
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, response.Body)
	}
	begun := time.Now()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("closing took %v", took)
	}
	step(t, f) // of a run that goes on
	for _, body := range bodies {
		body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}
