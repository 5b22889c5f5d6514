package vanishing

import (
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A store holds the records of a run that are kept.
type store struct {
	layers, params int // in each
	list           []keptRecord
	shown          []profile.Record // the first of them, as they were given away
}

// A keptRecord is a record without details as its numbers alone, until somebody asks for it: that takes a tenth of the memory,
// and as little of the time to write it. Any other it holds as a whole.
type keptRecord struct {
	packed []float64
	whole  *profile.Record
}

// add keeps a record. One without details may be used again for the next step.
func (s *store) add(r *profile.Record) {
	if r.Details {
		s.list = append(s.list, keptRecord{whole: r})
		return
	}
	s.list = append(s.list, keptRecord{packed: pack(r)})
}

// at is a record as a whole.
func (s *store) at(i int) *profile.Record {
	r := &s.list[i]
	if r.whole == nil {
		r.whole, r.packed = unpack(r.packed, s.layers, s.params), nil
	}
	return r.whole
}

// all are the records, to be given away: what is added later does not change them.
func (s *store) all() []profile.Record {
	for i := len(s.shown); i < len(s.list); i++ {
		s.shown = append(s.shown, *s.at(i))
	}
	return s.shown[:len(s.shown):len(s.shown)]
}

// pack lists the numbers of a record without details.
func pack(r *profile.Record) []float64 {
	packed := make([]float64, 0, 6+2*len(r.Layers)+2*len(r.Params))
	packed = append(packed, float64(r.Step), float64(r.Epoch), float64(r.Batch), r.Loss, r.LearningRate, r.Clip)
	for i := range r.Layers {
		packed = append(packed, r.Layers[i].DeltaRMS, r.Layers[i].Flushed)
	}
	for i := range r.Params {
		packed = append(packed, r.Params[i].GradL2, r.Params[i].GradRMS)
	}
	return packed
}

// unpack makes a record of them again.
func unpack(packed []float64, layers, params int) *profile.Record {
	r := newRecord(layers, params, 0, tiers{})
	r.Step, r.Epoch, r.Batch = int(packed[0]), int(packed[1]), int(packed[2])
	r.Loss, r.LearningRate, r.Clip = packed[3], packed[4], packed[5]
	packed = packed[6:]
	for i := range r.Layers {
		r.Layers[i].DeltaRMS, r.Layers[i].Flushed = packed[2*i], packed[2*i+1]
	}
	packed = packed[2*layers:]
	for i := range r.Params {
		r.Params[i].GradL2, r.Params[i].GradRMS = packed[2*i], packed[2*i+1]
	}
	return r
}
