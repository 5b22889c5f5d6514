package report

import (
	"encoding/csv"
	"io"
	"regexp"
	"slices"
	"strconv"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// CSV writes all records in long form, one number a line:
//
//	step,epoch,layer,depth,parameter,kind,value
//
// with a column network after epoch if there are several profiles. Layer, depth and parameter are empty where they do not
// apply; a residual block stands in the column of the layer. The kinds are the fields of the records by their names in [JSON],
// such as delta_rms or gains.weight. The path of an attention stands in the column of the layer, and "head 1" in that of the parameter. Histograms are left out. Numbers have as many digits as they need to be read back exactly,
// or are NaN, +Inf or -Inf. Steps and epochs are counted from 0.
//
// A spreadsheet takes a cell that begins with =, +, - or @ for a formula, and a formula can run commands. Names that begin with
// one of these get an apostrophe before it, and so do the parts of a name after a semicolon, which may separate cells.
func CSV(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	diagnoses, err := present.Diagnoses(diagnoses...)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	head := []string{"step", "epoch", "layer", "depth", "parameter", "kind", "value"}
	if len(diagnoses) > 1 {
		head = slices.Insert(head, 2, "network")
	}
	c := csvWriter{Writer: csv.NewWriter(w), line: slices.Clone(head)}
	_ = c.Write(head) // errors stick
	for _, d := range diagnoses {
		c.network(d.Profile)
	}
	c.Flush()
	return errors.Wrap(c.Error(), "report: CSV")
}

// A csvWriter keeps the last line it wrote, as the next line shares most of its cells.
type csvWriter struct {
	*csv.Writer
	line []string
}

// A csvPlace is the cells layer, depth and parameter of a line.
type csvPlace [3]string

// network writes all records of a network.
func (c *csvWriter) network(p vanishing.Profile) {
	if len(c.line) > 7 {
		c.line[2] = noFormula(p.Name)
	}
	layers, params, blocks := csvPlaces(p)
	for _, r := range p.Records {
		c.line[0], c.line[1] = strconv.Itoa(r.Step), strconv.Itoa(r.Epoch)
		c.number(csvPlace{}, "batch", float64(r.Batch))
		c.number(csvPlace{}, "loss", float64(r.Loss))
		c.number(csvPlace{}, "learning_rate", float64(r.LearningRate))
		c.number(csvPlace{}, "clip", float64(r.Clip))
		c.numbers(layers, profile.LayerQuantities, &r)
		c.numbers(params, profile.ParamQuantities, &r)
		c.numbers(blocks, profile.BlockQuantities, &r)
		c.attentions(p, &r)
	}
}

// csvPlaces are the places of a network's layers, parameters and blocks.
func csvPlaces(p vanishing.Profile) (layers, params, blocks []csvPlace) {
	for _, l := range p.Layers {
		layers = append(layers, csvPlace{noFormula(l.Path), strconv.Itoa(l.Depth)})
	}
	for _, param := range p.Params {
		params = append(params, csvPlace{noFormula(param.Layer), strconv.Itoa(param.Depth), noFormula(param.Name)})
	}
	for _, b := range p.Blocks {
		blocks = append(blocks, csvPlace{noFormula(b.Path)})
	}
	return layers, params, blocks
}

// attentions writes the numbers of attentions and of their heads.
func (c *csvWriter) attentions(p vanishing.Profile, r *vanishing.Record) {
	if r.Details == nil {
		return
	}
	for i, d := range r.Details.Attentions {
		a := p.Attentions[i]
		place := csvPlace{noFormula(a.Path)}
		if a.Output >= 0 {
			place[1] = strconv.Itoa(p.Layers[a.Output].Depth)
		}
		c.number(place, "cosine_in", float64(d.CosineIn))
		c.number(place, "cosine_out", float64(d.CosineOut))
		for h := range d.Heads {
			place[2] = "head " + strconv.Itoa(h+1)
			for _, q := range profile.HeadQuantities {
				c.number(place, q.Name, float64(q.Of(&d.Heads[h])))
			}
		}
	}
}

// numbers writes the quantities of each layer, parameter or block in a record.
func (c *csvWriter) numbers(places []csvPlace, quantities []profile.Quantity, r *vanishing.Record) {
	for i, place := range places {
		for _, q := range quantities {
			if v, known := q.Of(r, i); known {
				c.number(place, q.Name, v)
			}
		}
	}
}

// number writes one line.
func (c *csvWriter) number(place csvPlace, kind string, value float64) {
	cells := c.line[len(c.line)-5:]
	copy(cells, place[:])
	cells[3], cells[4] = kind, strconv.FormatFloat(value, 'g', -1, 64)
	_ = c.Write(c.line) // errors stick
}

// noFormula puts an apostrophe before any text that a spreadsheet would take for a formula.
func noFormula(text string) string { return formula.ReplaceAllString(text, "$1'$2") }

var formula = regexp.MustCompile("(^|;)([=+@＝＋－＠-])")
