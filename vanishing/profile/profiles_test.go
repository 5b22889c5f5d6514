package profile

import "math"

// synthetic is the profile of a network of hidden layers and an output layer, with one record of the given DeltaRMS.
func synthetic(delta ...float64) Profile {
	p := Profile{Name: "synthetic", Dtype: "float32"}
	for i := range delta {
		l := Layer{Path: "dense" + string(rune('a'+i)), Depth: i + 1, Activation: Activation{Kind: ReLU}, Units: 10}
		p.Layers = append(p.Layers, l)
	}
	p.Layers[len(delta)-1].Activation = Activation{}
	p.Records = []Record{record(0, delta)}
	return p
}

// record has the given DeltaRMS, and details.
func record(step int, delta []float64) Record {
	r := Record{Step: step, Batch: 4, Loss: 1, Details: &Details{Layers: make([]LayerDetail, len(delta))}}
	for i, v := range delta {
		r.Layers = append(r.Layers, LayerRecord{DeltaRMS: Number(v)})
		r.Details.Layers[i].ActStd = 1
	}
	return r
}

// whole is a profile of three layers whose first record has every number.
func whole() Profile {
	p := synthetic(1, 0.1, 0.01)
	p.Params = []Param{{Name: "densea/weight", Layer: "densea", Depth: 1, Role: "weight", Size: 100}}
	p.Blocks = []Block{{Path: "block1", First: 0, Last: 1}, {Path: "empty", First: 1, Last: 0}, {Path: "adopted", First: 3, Last: -1}}
	p.Paths, p.Cost = []Paths{{}}, &Cost{Run: 1}
	snr := Number(2)
	r := &p.Records[0]
	r.Params = make([]ParamRecord, 1)
	r.Details.Params, r.Details.Clipped, r.Details.Updates = []ParamDetail{{SNR: &snr, Filters: &Filters{}}}, make([]ClippedGrad, 1), make([]Update, 1)
	r.Details.Blocks = []*BlockDetail{{}, nil, {}}
	r.Signal = make([]BlockSignal, 3)
	r.Details.Layers[1].Gains = &Gains{Number(math.Inf(-1)), Number(math.NaN()), 1e6, -1e6, 0}
	r.Histograms = &Histograms{Layers: make([]LayerHistograms, 3), Params: make([]ParamHistograms, 1)}
	r.Histograms.Layers[0].Pre = &Histogram{Low: -1074, Negative: []int{1}, Positive: []int{0}}
	r.Histograms.Params[0].Value = &Histogram{Low: 1023, Negative: []int{1}, Positive: []int{0}}
	return p
}

func setDepths(p *Profile, depths ...int) {
	for i, depth := range depths {
		p.Layers[i].Depth = depth
	}
}
