package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
)

// A line is a least-squares fit to points.
type line struct {
	slope float64
	r2    float64 // share of the variance of y that the line explains; 1 if all points lie on it
}

// fitLine fits y = a + slope·x. It needs at least two points with different x.
func fitLine(x, y []float64) line {
	meanX, _ := vecnorm.MeanStd(x)
	meanY, _ := vecnorm.MeanStd(y)
	var xx, xy, yy float64
	for i := range x {
		dx, dy := x[i]-meanX, y[i]-meanY
		xx += dx * dx
		xy += dx * dy
		yy += dy * dy
	}
	slope := xy / xx
	residual := 0.0
	for i := range x {
		d := y[i] - meanY - slope*(x[i]-meanX)
		residual += d * d
	}
	if residual == 0 {
		return line{slope, 1}
	}
	return line{slope, 1 - residual/yy}
}
