package theory

import "math"

// weighSamples corrects a plain network's prediction for samples of unequal size. Each sample has its own mean square q in each
// layer, which multiplies its squared gradient by D(q). The batch's squared gradient is the mean of these products. Where D grows
// with q, as with SiLU, large samples dominate the mean.
func (p *pass) weighSamples() {
	if len(p.net.Squares) < 2 || !p.net.isPlain() {
		return
	}
	last := len(p.layers) - 1
	logs := make([][]float64, len(p.net.Squares)) // by sample and layer: the sum of ln D(its q)/D(q) from the layer to the last
	means := make([]float64, last+1)
	for s, square := range p.net.Squares {
		logs[s] = make([]float64, last+1)
		for i, l := range p.net.Layers {
			q := float64(l.In)*l.WeightVar*square + l.BiasVar
			means[i] += q / float64(len(logs))
			if i == last {
				break
			}
			m := p.of(l.Activation)
			logs[s][i] = math.Log(m.D(q) / m.D(p.layers[i].Q))
			square = m.V(q)
		}
		for i := last - 1; i >= 0; i-- {
			logs[s][i] += logs[s][i+1]
		}
	}
	for i := range p.layers {
		sum := 0.0
		for s := range logs {
			sum += math.Exp(logs[s][i])
		}
		shift := math.Log(sum / float64(len(logs)))
		p.layers[i].LogDelta += shift
		p.layers[i].LogWeightGrad += shift
		p.layers[i].LogBiasGrad += shift
		p.layers[i].Q = means[i]
	}
}

// isPlain reports whether a network has neither normalisation nor residual blocks.
func (n Net) isPlain() bool {
	for _, l := range n.Layers {
		if l.PreNorm != NoNorm || l.Norm != NoNorm || l.SumNorm != NoNorm || l.PostNorm != NoNorm || l.PreActivation != nil {
			return false
		}
	}
	return len(n.Blocks) == 0
}
