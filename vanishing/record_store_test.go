package vanishing

import (
	"fmt"
	"testing"
)

// numbered is a record without details in which every number is another one.
func numbered() *Record {
	r := newRecord(2, 3, 0, tiers{})
	r.Step, r.Epoch, r.Batch, r.Loss, r.LearningRate, r.Clip = 1, 2, 3, 4.1, 5.1, 6.1
	for i := range r.Layers {
		l, x := &r.Layers[i], 10*float64(i)
		l.DeltaRMS, l.Flushed = x+7.1, x+8.1
	}
	for i := range r.Params {
		p, x := &r.Params[i], 10*float64(i)
		p.GradL2, p.GradRMS = x+30.1, x+31.1
	}
	return r
}

// A record without details comes out of the store as it went in, although the one that went in is used again; and those that
// were given away stay as they were.
func TestStoreKeepsRecords(t *testing.T) {
	s := store{layers: 2, params: 3}
	r := numbered()
	want := fmt.Sprintf("%+v", *r)
	s.add(r)
	r.Layers[1].DeltaRMS, r.Params[2].GradL2, r.Loss = -1, -1, -1
	given := s.all()
	s.add(r)
	s.add(newRecord(2, 3, 0, tiers{details: true}))
	if got := fmt.Sprintf("%+v", given[0]); len(given) != 1 || got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	all := s.all()
	if len(all) != 3 || all[1].Loss != -1 || !all[2].Details || fmt.Sprintf("%+v", all[0]) != want {
		t.Errorf("got %+v", all)
	}
}
