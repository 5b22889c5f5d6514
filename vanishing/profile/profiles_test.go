package profile

// synthetic is the profile of a network of hidden layers and an output layer, with one record of the given DeltaRMS.
func synthetic(delta ...float64) Profile {
	p := Profile{Name: "synthetic", Dtype: "float32"}
	for i := range delta {
		p.Layers = append(p.Layers, Layer{Path: "dense" + string(rune('a'+i)), Depth: i + 1, Activation: "relu", Units: 10})
	}
	p.Layers[len(delta)-1].Activation = ""
	p.Records = []Record{record(0, delta)}
	return p
}

func record(step int, delta []float64) Record {
	r := Record{Step: step, Batch: 4, Loss: 1, Details: true}
	for _, v := range delta {
		r.Layers = append(r.Layers, LayerRecord{DeltaRMS: v, ActStd: 1, Gains: NoGains()})
	}
	return r
}

func setDepths(p *Profile, depths ...int) {
	for i, depth := range depths {
		p.Layers[i].Depth = depth
	}
}
