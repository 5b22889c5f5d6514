package train

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gradflow/gradflow/internal/eventfile"
	"github.com/gradflow/gradflow/internal/jsonfloat"
)

// A LogFormat is the format of a [Logger]'s file: [JSONL], [CSV] or [TensorBoard].
type LogFormat interface {
	// begin appends what an empty file begins with.
	begin(b []byte, now time.Time) []byte
	append(b []byte, r *record) []byte
}

// JSONL is one JSON object for each record, on a line of its own, such as
//
//	{"step":12,"epoch":0,"loss":1.25,"rate":0.01}
//
// NaN and the infinities are the strings "NaN", "+Inf" and "-Inf".
type JSONL struct{}

func (JSONL) begin(b []byte, _ time.Time) []byte { return b }

func (JSONL) append(b []byte, r *record) []byte {
	b = strconv.AppendInt(append(b, `{"step":`...), int64(r.step), 10)
	b = strconv.AppendInt(append(b, `,"epoch":`...), int64(r.epoch), 10)
	for i, name := range r.names {
		b = append(appendJSON(append(b, ','), name), ':')
		b = jsonfloat.Append(b, r.values[i], -1)
	}
	return append(b, "}\n"...)
}

// appendJSON appends a text as JSON.
func appendJSON(b []byte, text string) []byte {
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
		quoted, _ := json.Marshal(text) // a text can always be written
		return append(b, quoted...)
	}
	return append(append(append(b, '"'), text...), '"')
}

// CSV is one line for each number, below a header: step, epoch, name, value. Numbers are as package strconv formats them, NaN included.
type CSV struct{}

func (CSV) begin(b []byte, _ time.Time) []byte { return append(b, "step,epoch,name,value\n"...) }

func (CSV) append(b []byte, r *record) []byte {
	for i, name := range r.names {
		b = append(strconv.AppendInt(b, int64(r.step), 10), ',')
		b = append(strconv.AppendInt(b, int64(r.epoch), 10), ',')
		b = append(appendCSV(b, name), ',')
		b = append(strconv.AppendFloat(b, r.values[i], 'g', -1, 64), '\n')
	}
	return b
}

// appendCSV appends a text, in quotes if it has characters that need them.
func appendCSV(b []byte, text string) []byte {
	if strings.ContainsAny(text, ",\"\n\r") {
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return append(b, text...)
}

// TensorBoard is an event file, which TensorBoard finds by its name: the Path of the logger ends in [EventFile]. Each number is a scalar,
// and the number of the epoch is one too.
type TensorBoard struct{}

// EventFile is a name for event files by which TensorBoard finds them. There is one in a folder.
const EventFile = eventfile.Name

func (TensorBoard) begin(b []byte, now time.Time) []byte {
	return eventfile.AppendRecord(b, eventfile.Version(seconds(now)))
}

func (TensorBoard) append(b []byte, r *record) []byte {
	var s eventfile.Summary
	s.Scalar("epoch", float64(r.epoch))
	for i, name := range r.names {
		s.Scalar(name, r.values[i])
	}
	return eventfile.AppendRecord(b, eventfile.Event(seconds(r.time), r.step).With(s))
}

// seconds is a time in seconds since 1970.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// sortedNames are the names of scores in order.
func sortedNames(scores map[string]float64) []string { return slices.Sorted(maps.Keys(scores)) }
