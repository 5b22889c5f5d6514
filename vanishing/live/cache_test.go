package live

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/report"
)

// However many clients there are, one text is written for all of them, and none for the following hundredfold of its time.
func TestWritingIsBounded(t *testing.T) { synctest.Test(t, testWritingIsBounded) }

func testWritingIsBounded(t *testing.T) {
	const work = 20 * time.Millisecond
	s, c, written := &Server{}, cache{}, 0
	write := func(id string, v view) ([]byte, error) {
		written++
		time.Sleep(work)
		return fmt.Appendf(nil, "%s %t", id, v.finished), nil
	}
	f := begin(t, s, &fixed{long(10)})
	for range 150 {
		step(t, f)
		first, _ := c.newest(&s.board, write)
		second, _ := c.newest(&s.board, write)
		if &first.data[0] != &second.data[0] {
			t.Fatal("two clients have bytes of their own")
		}
		time.Sleep(work)
	}
	if written != 2 { // in 3 seconds, with a pause of 2 after each
		t.Errorf("%d texts are written in three seconds, want 2", written)
	}
	if err := f.End(nil); err != nil {
		t.Fatal(err)
	}
	if last, wait := c.newest(&s.board, write); wait != 0 || !strings.HasSuffix(string(last.data), "true") || written != 3 {
		t.Errorf("the end of the run is held back by %v: %q", wait, last.data)
	}
}

// Neither a text nor an error is written again before the board changes, however late.
func TestErrorsAreKept(t *testing.T) { synctest.Test(t, testErrorsAreKept) }

func testErrorsAreKept(t *testing.T) {
	s, c, written := &Server{}, cache{}, 0
	step(t, begin(t, s, &fixed{long(10)}))
	for range 3 {
		text, _ := c.newest(&s.board, func(string, view) ([]byte, error) {
			written++
			return nil, errors.New("no")
		})
		if text.err == nil {
			t.Fatal("the error is lost")
		}
		time.Sleep(time.Hour)
	}
	if written != 1 {
		t.Errorf("a failing text is written %d times, want once", written)
	}
}

func TestMessagesAreSmall(t *testing.T) {
	m, err := new(Server).writeMessage("x", view{profiles: []vanishing.Profile{long(200), long(200)}})
	if err != nil || len(m) > 200<<10 {
		t.Errorf("a message has %d bytes: %v", len(m), err)
	}
}

// Documents of long runs have as many records as fit, the last among them, and their number. Those of short runs have all.
func TestDocumentsAreBounded(t *testing.T) {
	for _, lengths := range [][]int{{0}, {3}, {100}, {300, 5, 300}} {
		var profiles []vanishing.Profile
		for _, n := range lengths {
			profiles = append(profiles, long(n))
		}
		text, err := writeDocument("", view{profiles: profiles})
		if err != nil || len(text) > maxDocument {
			t.Errorf("runs of %d: %d bytes: %v", lengths, len(text), err)
		}
		read, err := report.ReadJSON(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range lengths {
			got := read[i]
			if kept := len(got.Records); got.Sampling.Kept != kept || kept != n && (n < 200 || len(text) < maxDocument/2) {
				t.Errorf("runs of %d: run %d has %d records, and says %d, in %d bytes", lengths, i, kept, got.Sampling.Kept, len(text))
			}
			if n > 0 && got.Records[len(got.Records)-1].Step != 10*(n-1) {
				t.Errorf("runs of %d: run %d has not the last step", lengths, i)
			}
		}
	}
}

// long is the profile of a run with a number of records.
func long(records int) vanishing.Profile {
	return madeup.Network{Name: "long", Layers: 20, Steps: records, Factor: 0.5, Activation: "tanh"}.Profile()
}
