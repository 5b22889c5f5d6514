package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// CSV writes everything recorded in long form, one number a line:
//
//	step,epoch,layer,depth,parameter,kind,value
//
// with a column network after epoch if there are several profiles. Layer, depth and parameter are empty where they do not
// apply; a residual block stands in the column of the layer. The kinds are the fields of the records, by the names they have
// in [JSON], as delta_rms or gains.weight; details are there in the steps they were recorded in. Histograms are not.
// Numbers have as many digits as they need to be read back exactly; others are NaN, +Inf and -Inf. Steps and epochs are counted from 0.
//
// A spreadsheet takes a cell that begins with =, +, - or @ for a formula, and a formula can run commands: names that begin so
// get an apostrophe before them.
func CSV(w io.Writer, profiles ...vanishing.Profile) error {
	profiles, err := present.Printable(profiles...)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	c := &csvWriter{w: bufio.NewWriter(w), several: len(profiles) > 1}
	c.header()
	for _, p := range profiles {
		c.network(p)
		for _, r := range p.Records {
			c.record(r)
		}
	}
	return errors.Wrap(c.w.Flush(), "report: CSV")
}

// A csvWriter remembers what its next lines share. Errors stick in the bufio.Writer until it is flushed.
type csvWriter struct {
	w       *bufio.Writer
	several bool
	// The columns of what is written, made once.
	name                   string
	layers, params, blocks []string
	prefix                 string // up to the column of the layer

	quantities []vanishing.Quantity // reused
}

// network makes the columns that name a network's layers, parameters and blocks.
func (c *csvWriter) network(p vanishing.Profile) {
	if c.name = ""; c.several {
		c.name = quote(p.Name) + ","
	}
	c.layers, c.params, c.blocks = nil, nil, nil
	for _, l := range p.Layers {
		c.layers = append(c.layers, fmt.Sprintf("%s,%d,,", quote(l.Path), l.Depth))
	}
	for _, param := range p.Params {
		c.params = append(c.params, fmt.Sprintf("%s,%d,%s,", quote(param.Layer), param.Depth, quote(param.Name)))
	}
	for _, b := range p.Blocks {
		c.blocks = append(c.blocks, quote(b.Path)+",,,")
	}
}

func (c *csvWriter) header() {
	network := ""
	if c.several {
		network = "network,"
	}
	fmt.Fprintf(c.w, "step,epoch,%slayer,depth,parameter,kind,value\n", network)
}

func (c *csvWriter) record(r vanishing.Record) {
	c.prefix = fmt.Sprintf("%d,%d,%s", r.Step, r.Epoch, c.name)
	c.line(",,,", "batch", float64(r.Batch))
	c.line(",,,", "loss", r.Loss)
	c.line(",,,", "learning_rate", r.LearningRate)
	c.line(",,,", "clip", r.Clip)
	for i := range r.Layers {
		c.lines(c.layers[i], r, &r.Layers[i])
	}
	for i := range r.Params {
		c.lines(c.params[i], r, &r.Params[i])
	}
	for i := range r.Blocks {
		c.lines(c.blocks[i], r, &r.Blocks[i])
	}
}

func (c *csvWriter) lines(place string, r vanishing.Record, of any) {
	c.quantities = r.AppendQuantities(c.quantities[:0], of)
	for _, q := range c.quantities {
		c.line(place, q.Name, q.Value)
	}
}

func (c *csvWriter) line(place, kind string, value float64) {
	b := append(c.w.AvailableBuffer(), c.prefix...)
	b = append(append(append(b, place...), kind...), ',')
	b = strconv.AppendFloat(b, value, 'g', -1, 64)
	_, _ = c.w.Write(append(b, '\n')) // errors stick
}

// quote writes a text as RFC 4180 has it, and one that a spreadsheet would take for a formula behind an apostrophe. With
// quotes around a semicolon it stays in its cell where semicolons separate.
func quote(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); strings.ContainsRune("=+-@＝＋－＠", first) {
		text = "'" + text
	}
	if !strings.ContainsAny(text, "\",;") {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}
