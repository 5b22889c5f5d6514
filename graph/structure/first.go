package structure

// findFirst marks the recurrent sequences that read no other one: what they lose of early steps is lost to the network, whereas a later one
// may lose what still reaches those below it. Sequences that read each other, as the gates and the candidate of a cell do, count as one.
func (f *finder) findFirst(list []*Sequence) {
	of := make(map[*group]int) // number of the sequence, by its group
	var sequences []*Sequence
	for _, s := range list {
		if s.Recurrent {
			of[f.layers[s.Layers[0]].group] = len(sequences)
			sequences = append(sequences, s)
		}
	}
	if len(sequences) == 0 {
		return
	}
	words := (len(sequences) + 63) / 64
	before := make([][]uint64, len(f.nodes)) // the sequences that a node was computed by, a bit each; nodes share slices
	reads := make([][]uint64, len(sequences))
	for n := range f.nodes {
		for _, k := range f.reads[n] {
			before[n] = union(before[n], before[k])
		}
		l := f.mapOf[n].final()
		if l == nil {
			continue
		}
		if i, isRecurrent := of[l.group]; isRecurrent {
			reads[i] = union(reads[i], before[n])
			own := make([]uint64, words)
			own[i/64] = 1 << (i % 64)
			before[n] = union(before[n], own)
		}
	}
	has := func(set []uint64, i int) bool { return set != nil && set[i/64]&(1<<(i%64)) != 0 }
	for i, s := range sequences {
		s.First = true
		for k := range sequences {
			if has(reads[i], k) && !has(reads[k], i) {
				s.First = false
			}
		}
	}
}
