package vanishing

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		schedule Schedule
		name     string
		want     []int // below 120
	}{
		{Every(40), "every 40 steps", []int{0, 40, 80}},
		{Linear{From: 5, Step: 50, To: 100}, "every 50 steps from 5 below 100", []int{5, 55}},
		{Logarithmic{PerDecade: 3}, "3 steps a decade", []int{0, 1, 3, 5, 10, 22, 47, 100}},
		{Never, "never", nil},
		{&spaced{50, -1}, "at most every 50 steps", []int{0, 50, 100}},
	} {
		var got []int
		for step := range 120 {
			if c.schedule.At(step) {
				got = append(got, step)
			}
		}
		if !slices.Equal(got, c.want) || c.schedule.String() != c.name {
			t.Errorf("%v: %v, want %s: %v", c.schedule, got, c.name, c.want)
		}
	}
	if Every(1).String() != "every step" {
		t.Errorf("got %q", Every(1))
	}
}

// A long run is thinned to a bounded number of evenly spaced records, which include the last step, details and histograms. Profiles
// taken during the run do not change.
func TestRecordsAreBounded(t *testing.T) {
	const most = 16
	r := &Recorder{MaxRecords: most}
	var snapshots []Profile
	var texts []string
	fit(t, r, func(trainer *train.Trainer) {
		trainer.Epochs = 300 // of 3 steps
		trainer.Callbacks = []train.Callback{r, &snapshot{f: func() {
			if n := len(r.Profile().Records); n > most {
				t.Errorf("%d records are kept, want at most %d", n, most)
			}
			if len(snapshots) < 50 {
				snapshots, texts = append(snapshots, r.Profile()), append(texts, textOf(r.Profile().Records))
			}
		}}}
	})
	p := r.Profile()
	got := steps(p)
	if got[0] != 0 || got[len(got)-1] != 899 || len(got) <= most/2 {
		t.Errorf("steps %v, want more than %d, from 0 to 899", got, most/2)
	}
	for i, record := range p.Records {
		if record.Details == nil && i < len(got)-1 {
			t.Errorf("step %d has no details", record.Step)
		}
		if i > 0 && got[i]-got[i-1] > 2*64 {
			t.Errorf("distance of kept steps %d and %d: want at most 128", got[i-1], got[i])
		}
	}
	want := profile.Sampling{
		Norms: "every step", Details: "at most every 10 steps", Histograms: "at most every 100 steps", Steps: 900, Recorded: 900, Kept: len(got),
	}
	if p.Sampling != want {
		t.Errorf("got %+v, want %+v", p.Sampling, want)
	}
	for i, s := range snapshots {
		if textOf(s.Records) != texts[i] {
			t.Fatalf("the profile taken after step %d has changed", i)
		}
	}
}

// snapshot is a callback that calls a function after each step.
type snapshot struct {
	train.Base
	f func()
}

func (s *snapshot) AfterStep(*train.Run) error { s.f(); return nil }

// Details and histograms are recorded at the first step and then at their default distances.
func TestTiersByDefault(t *testing.T) {
	s := newStepSelection(&Recorder{}, 3)
	var details, histograms []int
	for step := range 250 {
		tiers, record := s.decide(step, 1000)
		if !record {
			t.Fatalf("step %d is not recorded", step)
		}
		if tiers.details {
			details = append(details, step)
		}
		if tiers.histograms {
			histograms = append(histograms, step)
		}
	}
	if !slices.Equal(histograms, []int{0, 100, 200}) || len(details) != 25 || details[1] != 10 || details[24] != 240 {
		t.Errorf("got details in %v and histograms in %v, want them every 10 and 100 steps", details, histograms)
	}
}

// drive calls a stepSelection for each step and returns the kept records.
func drive(s *stepSelection, steps, planned int) []Record {
	var records []Record
	for step := range steps {
		if t, record := s.decide(step, planned); record {
			r := newRecord(1, 1, 0, 0, false, t)
			r.Step = step
			records = s.keep(records, *r)
		}
	}
	return records
}

// The kept records are at multiples of the stride. The last step has details unless they are never recorded.
func TestThinningKeepsMultiples(t *testing.T) {
	s := newStepSelection(&Recorder{MaxRecords: 8, Details: Never, Histograms: Never}, 1)
	var kept []int
	for _, r := range drive(s, 100, 100) {
		kept = append(kept, r.Step)
	}
	if want := []int{0, 16, 32, 48, 64, 80, 96, 99}; !slices.Equal(kept, want) {
		t.Errorf("steps %v, want %v", kept, want)
	}
	for _, c := range []struct {
		details Schedule
		want    bool
	}{{Every(1000), true}, {Never, false}} {
		s := newStepSelection(&Recorder{Details: c.details, Histograms: Never}, 1)
		s.decide(0, 10)
		if got, _ := s.decide(9, 10); got.details != c.want {
			t.Errorf("details %v: details of the last step: got %v, want %v", c.details, got.details, c.want)
		}
	}
}

// Of two adjacent records thinning keeps the one with the higher tier, or else the first. Of histograms it keeps every other one,
// beginning with the first.
func TestWhatThinningPrefers(t *testing.T) {
	s := &stepSelection{maxRecords: 6, stride: 1}
	details, histograms := &profile.Details{}, &profile.Histograms{}
	thinned := s.thin([]Record{
		{Step: 0}, {Step: 1}, {Step: 2}, {Step: 3, Details: details}, {Step: 4, Details: details, Histograms: histograms}, {Step: 5, Details: details},
	})
	if len(thinned) != 3 || thinned[0].Step != 0 || thinned[1].Step != 3 || thinned[2].Step != 4 || s.withHistograms != 1 || s.stride != 2 {
		t.Errorf("got %+v, %d with histograms, stride %d, want steps 0, 3 and 4, 1 and 2", thinned, s.withHistograms, s.stride)
	}
	if s.thin(thinned); s.withHistograms != 1 {
		t.Errorf("%d records with histograms are counted, want 1", s.withHistograms)
	}
	s = newStepSelection(&Recorder{MaxRecords: 1000, Histograms: Every(1)}, 1)
	records := drive(s, maxHistograms+1, 1000)
	n := 0
	for i, r := range records {
		if r.Histograms != nil {
			n++
		}
		if (r.Histograms != nil) != (i%2 == 0) {
			t.Fatalf("record %d: histograms: got %v, want %v", i, r.Histograms != nil, i%2 == 0)
		}
	}
	if n != s.withHistograms || n != 51 {
		t.Errorf("%d records have histograms, %d are counted, want 51", n, s.withHistograms)
	}
}

// textOf formats records with all their contents.
func textOf(records []Record) string {
	text, err := json.Marshal(records)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
