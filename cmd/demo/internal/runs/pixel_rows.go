package runs

import (
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data/csv"
)

// labelColumn is a column of a table of images that is left out.
const labelColumn = "label"

// readPixelRows reads tables of images, as CSV files of MNIST: a row for each image, with a column for each pixel from 0 to 255, channel
// after channel and row after row. A column "label" is left out.
func readPixelRows(run savedRun, paths []string, skip func(error)) (names []string, x *tensor.Dense, err error) {
	i := run.info.Images
	pixels := i.Channels * i.Height * i.Width
	var values []float32
	for _, path := range paths {
		rows, err := pixelRows(path, pixels)
		if err != nil && len(paths) == 1 {
			return nil, nil, err
		}
		if err != nil {
			skip(err)
			continue
		}
		for _, v := range rows {
			values = append(values, v/255)
		}
		for k := range len(rows) / pixels {
			names = append(names, say.Sprintf("%s, row %d", path, k+1))
		}
	}
	if len(names) == 0 {
		return nil, nil, errors.New(say.Text("got no image that can be read, want at least one"))
	}
	return names, tensor.New(tensor.WithShape(len(names), i.Channels, i.Height, i.Width), tensor.WithBacking(values)), nil
}

// pixelRows are the values of a table, row after row.
func pixelRows(path string, pixels int) ([]float32, error) {
	schema, err := csv.Learn(path, csv.Options{})
	if err != nil {
		what, _, _ := strings.Cut(err.Error(), " (mend the file, list") // options that the command line does not have
		return nil, errors.New(what)
	}
	o := csv.Options{}
	columns := len(schema.Columns)
	for _, c := range schema.Columns {
		if c.Name == labelColumn {
			o.Ignore, columns = []string{labelColumn}, columns-1
		} else if c.Kind != csv.Numeric {
			return nil, errors.New(say.Sprintf("%s: column %q: got texts, want pixels from 0 to 255", path, c.Name))
		}
	}
	if columns != pixels {
		return nil, errors.New(say.Sprintf("%s: got %d columns, want %d, one for each pixel, and \"label\" besides at most", path, columns, pixels))
	}
	images, _, err := csv.Read(path, o)
	if err != nil {
		return nil, err
	}
	rows := images.X.Float32s()
	for k, v := range rows {
		if !(v >= 0 && v <= 255) {
			return nil, errors.New(say.Sprintf("%s, row %d, pixel %d: got %g, want 0 to 255", path, k/pixels+1, k%pixels+1, v))
		}
	}
	return rows, nil
}
