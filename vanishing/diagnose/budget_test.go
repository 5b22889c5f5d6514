package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// budgeted is a profile whose hidden layers, but for the last, have the listed gains. The gains from the output layer belong to no
// budget.
func budgeted(layers ...*profile.Gains) profile.Profile {
	delta := make([]float64, len(layers)+2)
	delta[len(delta)-1] = 1
	delta[len(delta)-2] = 1
	for i := len(layers) - 1; i >= 0; i-- {
		if delta[i] = delta[i+1]; layers[i] != nil {
			delta[i] *= math.Pow(10, layers[i].Total())
		}
	}
	p := synthetic(delta...)
	for i := range p.Layers {
		p.Layers[i].Activation = sigmoid
	}
	for i, g := range layers {
		p.Records[0].Details.Layers[i].Gains = g
	}
	p.Records[0].Details.Layers[len(layers)].Gains = &profile.Gains{Weight: 100} // from the output layer
	return p
}

// same repeats gains for n layers.
func same(n int, g profile.Gains) []*profile.Gains {
	list := make([]*profile.Gains, n)
	for i := range list {
		list[i] = &g
	}
	return list
}

func TestBudgetSumsToTheMeasuredChange(t *testing.T) {
	p := budgeted(&profile.Gains{Weight: 0.3, Activation: -0.7}, &profile.Gains{Activation: -1.25, Norm: 0.5}, &profile.Gains{Skip: 0.1, Other: -0.05})
	p.Layers[1].Norm.Kind, p.Layers[2].Activation = profile.BatchNorm, relu
	b := Diagnose(p).Budget
	measured := math.Log10(float64(p.Records[0].Layers[0].DeltaRMS / p.Records[0].Layers[3].DeltaRMS))
	causes := 0.0
	for _, c := range b.Causes {
		causes += c.Decades
	}
	// A dozen additions of numbers near 1, each rounded to 53 bits.
	const tolerance = 12 * 0x1p-52
	if math.Abs(b.Sum.Total()-measured) > tolerance || math.Abs(causes-measured) > tolerance {
		t.Errorf("parts sum to %v, causes to %v, want %v", b.Sum.Total(), causes, measured)
	}
	if want := "1.1 decades lost over 4 layers: 1.9 to the derivative of sigmoid, 0.1 to other operations; gained back: 0.5 from batch normalisation, 0.3 from the weights, 0.1 from the skips"; b.String() != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
}

// Records from the first NaN on do not count.
func TestBudgetEndsAtANaN(t *testing.T) {
	p := budgeted(&profile.Gains{Weight: -1})
	broken := p.Records[0]
	broken.Step, broken.Loss, broken.Details = 1, profile.Number(math.NaN()), record(1, falling(3, 1)).Details
	broken.Details.Layers[0].Gains = &profile.Gains{Weight: -5}
	later := broken
	later.Step = 2
	p.Records = append(p.Records, broken, later)
	if b := Diagnose(p).Budget; b.Records != 1 || b.Sum.Weight != -1 {
		t.Errorf("%d records, %+v: want the gains of the first", b.Records, b.Sum)
	}
}

func TestBudgetInWords(t *testing.T) {
	unknown := same(3, profile.Gains{Activation: -1})
	unknown[1] = nil
	for want, p := range map[string]profile.Profile{
		"12.0 decades lost over 31 layers: 11.7 to the derivative of sigmoid, 0.3 to the weights":                     budgeted(same(30, profile.Gains{Weight: -0.01, Activation: -0.39})...),
		"9.0 decades gained over 31 layers: 12.0 from the weights; lost again: 3.0 to the derivative of sigmoid":      budgeted(same(30, profile.Gains{Weight: 0.4, Activation: -0.1})...),
		"level over 31 layers: 12.0 to the derivative of sigmoid lost, 12.0 from the weights gained back":             budgeted(same(30, profile.Gains{Weight: 0.4, Activation: -0.4})...),
		"no decade lost or gained over 31 layers":                                                                     budgeted(same(30, profile.Gains{})...),
		"2.0 decades lost over 4 layers: 2.0 to the derivative of sigmoid (without 1 layer whose split is not known)": budgeted(unknown...),
		"0.1 decades lost over 2 layers: 0.1 to the derivative of sigmoid":                                            budgeted(&profile.Gains{Weight: -0.04, Activation: -0.04}), // 0.08 is 0.1 and not 0.0 + 0.0
		"": synthetic(1, 1, 1, 1),
	} {
		b := Diagnose(p).Budget
		if got := b.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		if b.Known() != (want != "") {
			t.Errorf("%q: known %v", want, b.Known())
		}
	}
}

// The part of normalisation and of the scale of a branch has the name of what the network has: a normalisation between layers, as
// Pre-LN, shows in its parameters alone.
func TestNormOrScale(t *testing.T) {
	for want, change := range map[string]func(*profile.Profile){
		"the scale of the branches": func(p *profile.Profile) { addGain(p, 1) }, // as SkipInit's
		"normalisation":             func(p *profile.Profile) { addGain(p, 32) },
		"layer normalisation":       func(p *profile.Profile) { p.Layers[0].Norm.Kind = profile.LayerNorm },
	} {
		p := budgeted(&profile.Gains{Norm: 2}, &profile.Gains{})
		change(&p)
		if got := Diagnose(p).Budget.Causes; len(got) != 1 || got[0].Name != want {
			t.Errorf("got the causes %v, want %s", got, want)
		}
	}
	p := budgeted(&profile.Gains{Norm: 2}, &profile.Gains{})
	p.Layers[1].Norm.Kind = profile.RMSNorm
	if got := Diagnose(p).Budget.Causes; len(got) != 1 || got[0].Name != "normalisation" {
		t.Errorf("beside a layer with RMS normalisation: got the causes %v, want normalisation", got)
	}
}

// addGain adds a parameter of the role gain.
func addGain(p *profile.Profile, size int) {
	p.Params = append(p.Params, profile.Param{Name: "norm1/weight", Layer: "norm1", Depth: 1, Role: "gain", Size: size})
	for i := range p.Records {
		p.Records[i].Params = append(p.Records[i].Params, profile.ParamRecord{})
		if d := p.Records[i].Details; d != nil {
			d.Params = append(d.Params, profile.ParamDetail{})
		}
	}
}

// The rounded parts always sum to the rounded total.
func TestTenthsSum(t *testing.T) {
	for i := range 1000 {
		x := float64(i)
		g := profile.Gains{
			Weight: profile.Number(5 * math.Sin(x)), Activation: profile.Number(5 * math.Sin(2*x)), Norm: profile.Number(3 * math.Sin(3*x)), Skip: profile.Number(math.Sin(5 * x)), Other: profile.Number(0.1 * math.Sin(7*x)),
		}
		p := budgeted(&g)
		p.Layers[0].Norm.Kind = profile.LayerNorm
		b := Diagnose(p).Budget
		total, parts := b.tenths()
		sum := 0
		for i, part := range parts {
			sum += part
			if off := math.Abs(float64(part) - 10*b.Causes[i].Decades); off >= 2 {
				t.Errorf("%v was rounded to %d tenths", b.Causes[i], part)
			}
		}
		if sum != total {
			t.Errorf("%+v: parts %v sum to %d, want %d", g, parts, sum, total)
		}
	}
}

func TestMedianGainsPassOverWhatIsMissing(t *testing.T) {
	p := budgeted(&profile.Gains{Weight: -1}, &profile.Gains{Weight: -1})
	for i, weight := range []float64{math.NaN(), -3, -2, -7} {
		r := record(i+1, []float64{1, 1, 1, 1})
		r.Details.Layers[0].Gains, r.Details.Layers[1].Gains = &profile.Gains{Weight: profile.Number(weight)}, &profile.Gains{Weight: -1}
		if i == 3 {
			r.Details = nil // it does not count
		}
		p.Records = append(p.Records, r)
	}
	if got := Diagnose(p).Budget.ByLayer[0].Weight; got != -2 {
		t.Errorf("got the median %v, want the median of -1, -3 and -2", got)
	}
	for i := range p.Records[:2] {
		p.Records[i].Details.Layers[0].Gains = nil
	}
	if b := Diagnose(p).Budget; !math.IsNaN(float64(b.ByLayer[0].Weight)) || len(b.Unknown) != 1 || b.Unknown[0] != 0 {
		t.Errorf("without gains in half of the records: %+v", b)
	}
	for i := range p.Records[:4] {
		p.Records[i].Details.Layers[0].Gains = nil
	}
	if b := Diagnose(p).Budget; b.ByLayer[0] != nil || len(b.Unknown) != 1 || b.Unknown[0] != 0 {
		t.Errorf("without any gains: %+v", b)
	}
}

func TestBudgetOfWhatHasNone(t *testing.T) {
	broken := synthetic(1, 1, 1)
	broken.Records[0].Layers = nil
	for _, p := range []profile.Profile{{}, synthetic(1), synthetic(1, 1), broken} {
		if b := Diagnose(p).Budget; b.Known() || b.String() != "" || b.First != -1 || len(b.ByLayer) != len(p.Layers) {
			t.Errorf("got %+v", b)
		}
	}
}
