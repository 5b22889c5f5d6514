package experiments

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/png"
	"io"
	"maps"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/vanishing/features"
)

// write writes the pictures and the page.
func (g *gallery) write(ctx context.Context, to *reportdir.Folder, shown int) error {
	filters, err := g.filters()
	if err != nil {
		return err
	}
	maps, err := g.maps(shown)
	if err != nil {
		return err
	}
	writePicture(ctx, to, "filters.png", filters)
	writePicture(ctx, to, "maps.png", features.Sheet(maps, 3))
	page := galleryPage{
		Language: say.Text("en"), Title: say.Sprintf("What the units of %s see", g.name),
		About: say.Sprintf("%s of %d validation images right", percent(g.accuracy), g.images.Len()),
		Texts: galleryTexts(), Filters: dataURI(filters), ShownClass: g.classes[g.images.Y.Ints()[shown]],
	}
	for i, row := range maps {
		page.Maps = append(page.Maps, pagePicture{mapName(g, i), dataURI(features.Sheet([][]image.Image{row}, 3))})
	}
	for i, l := range g.layers {
		var rows [][]image.Image
		section := pageLayer{Name: l.Path, About: say.Sprintf("%d units, maps of %d x %d; a unit sees %s", l.Units, l.Height, l.Width, l.sees(g.images.X.Shape()))}
		for _, u := range l.units {
			row := g.strip(l, u)
			rows = append(rows, row)
			section.Units = append(section.Units, pageUnit{g.unitName(l, u), dataURI(features.Sheet([][]image.Image{row}, 3)), g.classesOf(u)})
		}
		writePicture(ctx, to, fmt.Sprintf("layer-%02d-%s.png", i+1, reportdir.PlainNames([]string{l.Path})[0]), features.Sheet(rows, 3))
		page.Layers = append(page.Layers, section)
	}
	to.Write(ctx, "index.html", func(w io.Writer) error { return galleryTemplate.Execute(w, page) })
	return nil
}

// tile is the height of a small picture, in pixels of the screen.
const tile = 56

// enlarge draws values so large that they fill a tile.
func enlarge(values []float64, shape tensor.Shape, low, high float64) image.Image {
	return features.Picture(values, shape, low, high, max(1, tile/max(shape[1], shape[2])))
}

// filters are the weights of the first layer, each on a scale of its own with 0 in the middle.
func (g *gallery) filters() (image.Image, error) {
	list, err := g.viewer.Filters()
	if err != nil {
		return nil, err
	}
	var rows [][]image.Image
	for i, f := range list {
		low, high := features.Range(f.Float64s())
		most := max(-low, high)
		if i%16 == 0 {
			rows = append(rows, nil)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], enlarge(f.Float64s(), f.Shape(), -most, most))
	}
	return features.Sheet(rows, 3), nil
}

// maps are the image, and the maps that it makes in each layer shown, a row for each: the units that are looked at, each on a scale of
// its own. The output is left out.
func (g *gallery) maps(shown int) ([][]image.Image, error) {
	pixels := g.pixels(shown)
	all, err := g.viewer.Maps(pixels)
	if err != nil {
		return nil, err
	}
	rows := [][]image.Image{{enlarge(pixels, g.images.X.Shape()[1:], g.low, g.high)}}
	for _, l := range g.layers {
		if l.Height == 1 {
			continue
		}
		var row []image.Image
		for _, u := range l.units {
			for i, of := range g.viewer.Layers {
				if of.Path != l.Path {
					continue
				}
				plane := all[i].Float64s()[u.number*l.Height*l.Width:][:l.Height*l.Width]
				low, high := features.Range(plane)
				row = append(row, enlarge(plane, tensor.Shape{1, l.Height, l.Width}, low, high))
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// mapName names a row of maps.
func mapName(g *gallery, row int) string {
	if row == 0 {
		return say.Text("the image")
	}
	return g.layers[row-1].Path
}

// strip is what was made for a unit, and the images that excite it most, cut to what it sees.
func (g *gallery) strip(l layerView, u unitView) []image.Image {
	shape := g.images.X.Shape()[1:]
	cut := func(pixels []float64, row, col int) image.Image {
		part, size := l.Field.Crop(pixels, shape, row, col, (g.low+g.high)/2)
		return enlarge(part, size, g.low, g.high)
	}
	strip := []image.Image{cut(u.made.Image, u.made.Row, u.made.Col)}
	for _, s := range u.best {
		strip = append(strip, cut(g.pixels(s.Image), s.Row, s.Col))
	}
	return strip
}

// unitName is the number of a unit, or its class in the last layer.
func (g *gallery) unitName(l layerView, u unitView) string {
	if l.Path == g.layers[len(g.layers)-1].Path && l.Units == len(g.classes) {
		return g.classes[u.number]
	}
	return say.Sprintf("unit %d", u.number)
}

// classesOf lists the classes of the images that excite a unit most, the commonest first.
func (g *gallery) classesOf(u unitView) string {
	counts := g.count(u.best)
	classes := slices.SortedStableFunc(maps.Keys(counts), func(a, b int) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return a - b
	})
	var words []string
	for _, c := range classes {
		words = append(words, fmt.Sprintf("%d %s", counts[c], g.classes[c]))
	}
	return strings.Join(words, say.Text(", "))
}

// dataURI is a picture as part of a page.
func dataURI(m image.Image) template.URL {
	var b bytes.Buffer
	if png.Encode(&b, m) != nil {
		return ""
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))
}

// A galleryPage is what the page's template shows.
type galleryPage struct {
	Language, Title, About string
	Texts                  map[string]string
	Filters                template.URL
	ShownClass             string
	Maps                   []pagePicture
	Layers                 []pageLayer
}

type pagePicture struct {
	Name    string
	Picture template.URL
}

type pageLayer struct {
	Name, About string
	Units       []pageUnit
}

type pageUnit struct {
	Name    string
	Strip   template.URL
	Classes string
}

// galleryTexts are the fixed texts of the page.
func galleryTexts() map[string]string {
	return map[string]string{
		"filters": say.Text("The weights of the first layer"),
		"filtersAbout": say.Text("Each square is the window of one unit: it answers where the image is bright under bright weights and dark under dark ones. " +
			"Grey is 0."),
		"maps": say.Text("One image, layer by layer"),
		"mapsAbout": say.Text("What some units of each layer answer to the image at the top, at each place: bright is much. Each map has a scale of its own. " +
			"Deeper maps are coarser, and tell less of where and more of what."),
		"units": say.Text("Units, layer by layer"),
		"unitsAbout": say.Text("Left: an image that was made to excite the unit, from noise, by the gradient with respect to the input. Right of it: the parts of " +
			"validation images that excite it most, and the classes of these images. All are cut to what the unit sees."),
	}
}

var galleryTemplate = template.Must(template.New("gallery").Parse(`<!DOCTYPE html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
img { max-width: 100%; image-rendering: pixelated; vertical-align: middle; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; font-weight: normal; }
th { white-space: nowrap; }
td.classes { font-size: .85rem; min-width: 8rem; }
h3 { margin-bottom: 0; }
p.about { margin-top: 0; opacity: .8; }
</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
<p class="about">{{.About}}</p>
<h2>{{.Texts.filters}}</h2>
<p>{{.Texts.filtersAbout}}</p>
<img src="{{.Filters}}" alt="{{.Texts.filters}}">
<h2>{{.Texts.maps}}</h2>
<p>{{.Texts.mapsAbout}}</p>
<table>
{{range .Maps}}<tr><th scope="row">{{.Name}}</th><td><img src="{{.Picture}}" alt="{{.Name}}, {{$.ShownClass}}"></td></tr>
{{end}}</table>
<h2>{{.Texts.units}}</h2>
<p>{{.Texts.unitsAbout}}</p>
{{range .Layers}}<h3>{{.Name}}</h3>
<p class="about">{{.About}}</p>
<table>
{{range .Units}}<tr><th scope="row">{{.Name}}</th><td><img src="{{.Strip}}" alt="{{.Name}}"></td><td class="classes">{{.Classes}}</td></tr>
{{end}}</table>
{{end}}</main>
</body>
</html>
`))
