// Package eventfile encodes event files of TensorBoard: a sequence of records, each a protocol buffer of type Event between checksums
// (tensorboard/summary/writer/record_writer.py and tensorboard/compat/proto/*.proto of TensorBoard). It encodes the few fields that
// are needed itself: a library would be a dependency of everyone who only wants a table.
package eventfile

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Name is the name of an event file. TensorBoard looks for "tfevents" and expects one file in a folder. The number is elsewhere the
// time of creation; here it is zero, so that the same run gives the same file.
const Name = "events.out.tfevents.0000000000.gradflow"

// A Message is a protocol buffer under construction. Methods append a field, by its number. Zeros are left out, as all libraries
// do, except by Float: its field is part of a oneof, where a missing field means another choice.
type Message []byte

// The wire types of protocol buffers.
const (
	varintType  = 0
	fixed64Type = 1
	bytesType   = 2
	fixed32Type = 5
)

func (m Message) key(field, wire int) Message {
	return binary.AppendUvarint(m, uint64(field)<<3|uint64(wire))
}

// Integer appends an integer of at least 0.
func (m Message) Integer(field int, v int) Message {
	if v == 0 {
		return m
	}
	return binary.AppendUvarint(m.key(field, varintType), uint64(v))
}

// Double appends a float64.
func (m Message) Double(field int, v float64) Message {
	if v == 0 {
		return m
	}
	return binary.LittleEndian.AppendUint64(m.key(field, fixed64Type), math.Float64bits(v))
}

// Float appends a float32.
func (m Message) Float(field int, v float64) Message {
	return binary.LittleEndian.AppendUint32(m.key(field, fixed32Type), math.Float32bits(float32(v)))
}

// Bytes appends bytes, which may be a message.
func (m Message) Bytes(field int, b []byte) Message {
	m = binary.AppendUvarint(m.key(field, bytesType), uint64(len(b)))
	return append(m, b...)
}

// Text appends a text.
func (m Message) Text(field int, s string) Message { return m.Bytes(field, []byte(s)) }

// Doubles appends a packed list.
func (m Message) Doubles(field int, list []float64) Message {
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

// AppendRecord appends an event to the content of a file: length, its checksum, data, its checksum.
func AppendRecord(b []byte, event Message) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(event)))
	b = binary.LittleEndian.AppendUint32(append(b, length...), masked(length))
	b = append(b, event...)
	return binary.LittleEndian.AppendUint32(b, masked(event))
}

// Event is the beginning of an Event: 1 wall_time, 2 step.
func Event(wallTime float64, step int) Message {
	return Message(nil).Double(1, wallTime).Integer(2, step)
}

// Version is the first event of a file.
func Version(wallTime float64) Message { return Event(wallTime, 0).Text(3, "brain.Event:2") }

// With adds the values of a step to an Event.
func (m Message) With(s Summary) Message { return m.Bytes(5, s.Message) }

// A Summary is a Summary of many values, field 1 each: 1 tag, 2 simple_value, 5 histo, 8 tensor, 9 metadata.
type Summary struct{ Message }

func (s *Summary) value(value Message) { s.Message = s.Bytes(1, value) }

// Scalar adds a number.
func (s *Summary) Scalar(tag string, v float64) { s.value(Message(nil).Text(1, tag).Float(2, v)) }

// Histogram adds a HistogramProto.
func (s *Summary) Histogram(tag string, h Message) { s.value(Message(nil).Text(1, tag).Bytes(5, h)) }

// Tensor adds a single string for a plugin. TensorProto: 1 dtype, 7 for strings; 2 shape, here empty; 8 string_val.
// SummaryMetadata: 1 plugin_data, of which 1 is the name.
func (s *Summary) Tensor(tag, plugin string, content []byte) {
	tensor := Message(nil).Integer(1, 7).Bytes(2, nil).Bytes(8, content)
	metadata := Message(nil).Bytes(1, Message(nil).Text(1, plugin))
	s.value(Message(nil).Text(1, tag).Bytes(8, tensor).Bytes(9, metadata))
}
