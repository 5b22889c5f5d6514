package vanishing

import (
	"fmt"
	"reflect"
	"testing"
)

// numbered is a record without details in which every number is another one.
func numbered(t *testing.T) *Record {
	r := newRecord(2, 3, 0, tiers{})
	next := 0.0
	fill := func(of any) {
		v := reflect.ValueOf(of).Elem()
		for _, f := range fieldsOf(v.Type()) {
			switch field := v.Field(f.index); {
			case f.detail || f.histogram:
			case field.Kind() == reflect.Float64:
				next++
				field.SetFloat(next + 0.1)
			case field.Kind() == reflect.Int:
				next++
				field.SetInt(int64(next))
			}
		}
	}
	fill(r)
	for i := range r.Layers {
		fill(&r.Layers[i])
	}
	for i := range r.Params {
		fill(&r.Params[i])
	}
	if next != 6+2*2+3*2 {
		t.Fatalf("%g numbers are not those that a record without details is known to have", next)
	}
	return r
}

// A record without details comes out of the store as it went in, although the one that went in is used again; and those that
// were given away stay as they were.
func TestStoreKeepsRecords(t *testing.T) {
	s := store{layers: 2, params: 3}
	r := numbered(t)
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
