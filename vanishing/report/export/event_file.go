package export

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// TensorBoard's event files are a sequence of records, each a protocol buffer of type Event between checksums
// (tensorboard/summary/writer/record_writer.py and tensorboard/compat/proto/*.proto of TensorBoard). This file encodes the few
// fields it needs itself: a library would be a dependency of everyone who only wants a table.

// A message is a protocol buffer under construction. Methods append a field, by its number. Zeros are left out, as all libraries
// do, except by float: its field is part of a oneof, where a missing field means another choice.
type message []byte

// The wire types of protocol buffers.
const (
	varintType  = 0
	fixed64Type = 1
	bytesType   = 2
	fixed32Type = 5
)

func (m message) key(field, wire int) message {
	return binary.AppendUvarint(m, uint64(field)<<3|uint64(wire))
}

func (m message) integer(field int, v int) message {
	if v == 0 {
		return m
	}
	return binary.AppendUvarint(m.key(field, varintType), uint64(v))
}

func (m message) double(field int, v float64) message {
	if v == 0 {
		return m
	}
	return binary.LittleEndian.AppendUint64(m.key(field, fixed64Type), math.Float64bits(v))
}

func (m message) float(field int, v float64) message {
	return binary.LittleEndian.AppendUint32(m.key(field, fixed32Type), math.Float32bits(float32(v)))
}

func (m message) bytes(field int, b []byte) message {
	m = binary.AppendUvarint(m.key(field, bytesType), uint64(len(b)))
	return append(m, b...)
}

func (m message) text(field int, s string) message { return m.bytes(field, []byte(s)) }

// doubles appends a packed list.
func (m message) doubles(field int, list []float64) message {
	m = binary.AppendUvarint(m.key(field, bytesType), uint64(8*len(list)))
	for _, v := range list {
		m = binary.LittleEndian.AppendUint64(m, math.Float64bits(v))
	}
	return m
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the checksum of records: CRC-32C, rotated and shifted so that checksums of data with checksums in it are of use.
func masked(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// writeRecord writes an event: length, its checksum, data, its checksum.
func writeRecord(w io.Writer, event message) error {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(event)))
	record := binary.LittleEndian.AppendUint32(length, masked(length))
	record = append(record, event...)
	record = binary.LittleEndian.AppendUint32(record, masked(event))
	_, err := w.Write(record)
	return err
}

// event is the beginning of an Event: 1 wall_time, 2 step.
func event(wallTime float64, step int) message {
	return message(nil).double(1, wallTime).integer(2, step)
}

// fileVersion is the first event of a file.
func fileVersion(wallTime float64) message { return event(wallTime, 0).text(3, "brain.Event:2") }

// A summary is a Summary of many values, field 1 each: 1 tag, 2 simple_value, 5 histo, 8 tensor, 9 metadata.
type summary struct{ message }

func (s *summary) value(value message) { s.message = s.bytes(1, value) }

func (s *summary) scalar(tag string, v float64) { s.value(message(nil).text(1, tag).float(2, v)) }

func (s *summary) histogram(tag string, h *profile.Histogram) {
	s.value(message(nil).text(1, tag).bytes(5, histogramProto(h)))
}

// tensor is a single string for a plugin. TensorProto: 1 dtype, 7 for strings; 2 shape, here empty; 8 string_val.
// SummaryMetadata: 1 plugin_data, of which 1 is the name.
func (s *summary) tensor(tag, plugin string, content []byte) {
	tensor := message(nil).integer(1, 7).bytes(2, nil).bytes(8, content)
	metadata := message(nil).bytes(1, message(nil).text(1, plugin))
	s.value(message(nil).text(1, tag).bytes(8, tensor).bytes(9, metadata))
}

// histogramProto is a HistogramProto: 1 min, 2 max, 3 num, 4 sum, 5 sum_squares, 6 bucket_limit, 7 bucket. A bucket reaches from
// the limit before it to its limit. The sums take each number for the middle of its bucket. NaN and infinities are left out.
func histogramProto(h *profile.Histogram) message {
	n := len(h.Positive)
	var limits, counts []float64
	var num, sum, squares float64
	least, most := math.Inf(1), math.Inf(-1)
	add := func(limit, low, high float64, count int) {
		limits, counts = append(limits, limit), append(counts, float64(count))
		if count == 0 {
			return
		}
		least, most = min(least, low), max(most, high)
		c, middle := float64(count), (low+high)/2
		num, sum, squares = num+c, sum+c*middle, squares+c*middle*middle
	}
	edge := func(i int) float64 { return min(math.Ldexp(1, h.Low+i), math.MaxFloat64) }
	for i := n - 1; i >= 0; i-- {
		add(-edge(i), -edge(i+1), -edge(i), h.Negative[i])
	}
	add(edge(0), 0, 0, h.Zero)
	for i := range n {
		add(edge(i+1), edge(i), edge(i+1), h.Positive[i])
	}
	if num == 0 {
		least, most = 0, 0
	}
	return message(nil).double(1, least).double(2, most).double(3, num).double(4, sum).double(5, squares).doubles(6, limits).doubles(7, counts)
}
