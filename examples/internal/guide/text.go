package guide

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// writeHeader writes title and y label.
func (f Figure) writeHeader(whole draw.Canvas) {
	style := plot.New().Title.TextStyle
	style.Font.Variant, style.Font.Size = "Sans", vg.Points(15)
	style.XAlign, style.YAlign = draw.XLeft, draw.YTop
	at := vg.Point{X: vg.Points(14), Y: whole.Max.Y - vg.Points(12)}
	whole.FillText(style, at, f.Title)
	style.Font.Size, style.Color = vg.Points(12), colors[Gray]
	at.Y -= vg.Points(22)
	whole.FillText(style, at, f.YLabel)
}

// nameLines writes each line's name next to its right end.
func (f Figure) nameLines(p *plot.Plot, area draw.Canvas) {
	data := p.DataCanvas(area)
	_, toY := p.Transforms(&data)
	style := p.X.Tick.Label
	style.XAlign, style.YAlign = draw.XLeft, draw.YCenter
	at, size := make([]vg.Length, len(f.Lines)), make([]vg.Length, len(f.Lines))
	for i, l := range f.Lines {
		at[i] = toY(l.Y[len(l.Y)-1])
		size[i] = style.Height(l.Name) + vg.Points(5)
	}
	spread(at, size, data.Min.Y-vg.Points(10), data.Max.Y+vg.Points(10))
	for i, l := range f.Lines {
		style.Color = colors[l.Color]
		data.FillText(style, vg.Point{X: data.Max.X + vg.Points(8), Y: at[i]}, l.Name)
	}
}

// spread moves the centres of labels of the given sizes until no label covers another and, if there is room, all lie between
// low and high.
func spread(at, size []vg.Length, low, high vg.Length) {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	floor := low
	for _, i := range order {
		at[i] = max(at[i], floor+size[i]/2)
		floor = at[i] + size[i]/2
	}
	ceiling := high
	for _, i := range slices.Backward(order) {
		at[i] = min(at[i], ceiling-size[i]/2)
		ceiling = at[i] - size[i]/2
	}
}
