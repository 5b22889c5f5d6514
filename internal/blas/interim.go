package blas

// Linear is z = x·w + bias for x (batch, in) and w (in, out), where bias may be nil; finish, unless nil, is applied to z.
func Linear[T Float](batch, in, out int, x, w, bias []T, finish func(dst, x []T), z []T) {
	var beta T
	if bias != nil {
		beta = 1
		for i := range batch {
			copy(z[i*out:(i+1)*out], bias)
		}
	}
	Gemm(false, false, batch, out, in, 1, x, in, w, out, beta, z, out)
	if finish != nil {
		finish(z, z)
	}
}
