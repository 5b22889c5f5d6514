package kernel

import "math"

// Softmax is exp(x_j - top)/Σ exp(x_k - top) in each row of cols elements, with top the row's maximum, so no finite row
// overflows. It is right to 4 ulp times max(1, top - x_j), because exp amplifies the rounding of the difference. p may be x.
func Softmax[T Float](flushed *Flushed, p, x []T, cols int) {
	shareSoftmax(softmaxWork[T]{kind: probabilities, flushed: flushed, dst: p, z: x, cols: cols})
}

// SoftmaxCrossEntropy is factor·(softmax(z) - onehot(label)) in each row of cols elements: the gradient of
// [CrossEntropyLabels] times factor. Labels lie in [0, cols).
func SoftmaxCrossEntropy[T Float](flushed *Flushed, dz, z []T, labels []int, cols int, factor float64) {
	shareSoftmax(softmaxWork[T]{kind: slopes, flushed: flushed, dst: dz, z: z, labels: labels, cols: cols, factor: factor})
}

// CrossEntropyLabels is Σ_i -log softmax(z_i)[label_i] over the rows of cols elements. Labels lie in [0, cols).
func CrossEntropyLabels[T Float](flushed *Flushed, z []T, labels []int, cols int) float64 {
	return shareSoftmax(softmaxWork[T]{kind: losses, flushed: flushed, z: z, labels: labels, cols: cols})
}

func (w *softmaxWork[T]) probabilities(p, x []T) {
	shifted(p, x, w.cols)
	Exp(w.flushed, p, p)
	for i := 0; i < len(p); i += w.cols {
		row := p[i : i+w.cols]
		scale := 1 / sumOf(row)
		for j, v := range row {
			row[j] = T(float64(v) * scale)
		}
	}
}

func (w *softmaxWork[T]) slopes(dz, z []T, labels []int) {
	shifted(dz, z, w.cols)
	Exp(w.flushed, dz, dz)
	for i, label := range labels {
		row := dz[i*w.cols : (i+1)*w.cols]
		scale := w.factor / sumOf(row)
		hit := float64(row[label]) * scale
		for j, v := range row {
			row[j] = T(float64(v) * scale)
		}
		row[label] = T(hit - w.factor)
	}
}

func (w *softmaxWork[T]) losses(z []T, labels []int) (loss float64) {
	for i, label := range labels {
		row := z[i*w.cols : (i+1)*w.cols]
		top := rowMax(row)
		loss += math.Log(expSum(w.flushed, row, top)) + float64(top) - float64(row[label])
	}
	return loss
}

// shifted sets dst to x minus the maximum of its row.
func shifted[T Float](dst, x []T, cols int) {
	for i := 0; i < len(x); i += cols {
		row, to := x[i:i+cols], dst[i:i+cols]
		top := rowMax(row)
		for j, v := range row {
			to[j] = v - top
		}
	}
}

// expSum is Σ exp(x - top).
func expSum[T Float](flushed *Flushed, x []T, top T) float64 {
	var sum float64
	var buffer [64]T
	for len(x) > 0 {
		part := buffer[:min(len(x), len(buffer))]
		for i := range part {
			part[i] = x[i] - top
		}
		compute(flushed, fnExp, part, part, part, 0) // on this core, so that the buffer stays on the stack
		sum += sumOf(part)
		x = x[len(part):]
	}
	return sum
}

// rowMax is the largest element; NaN if there is a NaN.
func rowMax[T Float](x []T) T {
	top := x[0]
	for _, v := range x[1:] {
		top = max(top, v)
	}
	return top
}

func sumOf[T Float](x []T) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	return sum
}
