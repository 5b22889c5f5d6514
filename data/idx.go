package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"math"

	"github.com/pkg/errors"
)

// An IDX file, the format of MNIST, is: two bytes 0, a type code, the number of dimensions, each dimension as a big-endian
// uint32, and the values in row-major order.
const idxUint8 = 0x08

// An IDXReader reads IDX files. The zero value is ready to use.
type IDXReader struct {
	// MaxValues is the largest number of values, a byte each, that a file may hold. A header that announces more is an error, so
	// that a small compressed file cannot fill the memory. 0 means 2^30, a GiB, and for a file in a folder no more than 100 times its
	// size and a MiB; all images of MNIST take 47 MB, five times their compressed file.
	MaxValues int
	// Images makes ReadDir give X as images (N, 1, rows, columns) for convolutional layers, and not as rows (N, pixels).
	Images bool
}

// ReadIDX is [IDXReader.Read] of files up to 1 GiB.
func ReadIDX(r io.Reader) (shape []int, values []uint8, err error) { return IDXReader{}.Read(r) }

// Read reads an IDX file of bytes (type code 0x08), gzip-compressed or not, to its end. It returns the dimensions and the
// values in row-major order. It allocates memory as data arrives, whatever the header claims.
//
// The error of a malformed file names the byte (of the uncompressed data) at which it goes wrong.
func (o IDXReader) Read(r io.Reader) (shape []int, values []uint8, err error) {
	plain, err := gunzip(r)
	if err != nil {
		return nil, nil, err
	}
	shape, size, err := readIDXHeader(plain, o.limit())
	if err != nil {
		return nil, nil, err
	}
	start := 4 + 4*len(shape)
	var buf bytes.Buffer // grows with what is read
	n, err := io.CopyN(&buf, plain, int64(size))
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, nil, errors.Errorf("data: IDX byte %d: the file ends after %d of the %d values its header announces, %v",
			start+int(n), n, size, shape)
	}
	if err != nil {
		return nil, nil, errors.Wrapf(err, "data: IDX byte %d", start+int(n))
	}
	if err := expectEnd(plain, start+size); err != nil {
		return nil, nil, err
	}
	return shape, buf.Bytes(), nil
}

// WriteIDX writes values as an uncompressed IDX file of bytes with the given dimensions.
func WriteIDX(w io.Writer, shape []int, values []uint8) error {
	size, err := idxSize(shape, max(len(values), IDXReader{}.limit()))
	if err != nil {
		return err
	}
	if size != len(values) {
		return errors.Errorf("data: values of an IDX file of shape %v: got %d, want %d", shape, len(values), size)
	}
	header := []byte{0, 0, idxUint8, byte(len(shape))}
	for _, d := range shape {
		header = binary.BigEndian.AppendUint32(header, uint32(d))
	}
	if _, err := w.Write(header); err != nil {
		return errors.Wrap(err, "data: IDX header")
	}
	_, err = w.Write(values)
	return errors.Wrap(err, "data: IDX values")
}

// gunzip returns what r holds, unpacked if it starts with the two bytes of a gzip file. An IDX file starts with two zeros.
func gunzip(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	magic, err := buffered.Peek(2)
	if err != nil && err != io.EOF {
		return nil, errors.Wrap(err, "data: IDX byte 0")
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	unpacked, err := gzip.NewReader(buffered)
	return unpacked, errors.Wrap(err, "data: IDX byte 0: gzip header")
}

func (o IDXReader) limit() int {
	if o.MaxValues == 0 {
		return 1 << 30
	}
	return o.MaxValues
}

// readIDXHeader returns the dimensions and their product.
func readIDXHeader(r io.Reader, limit int) (shape []int, size int, err error) {
	var magic [4]byte
	if n, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, 0, errors.Wrapf(err, "data: IDX byte %d: reading the magic number", n)
	}
	if magic[0] != 0 || magic[1] != 0 {
		return nil, 0, errors.Errorf("data: IDX byte 0: got magic number %x, want 000008 at its start, as in an IDX file of bytes", magic)
	}
	if magic[2] != idxUint8 {
		return nil, 0, errors.Errorf("data: IDX byte 2: got type code %#02x, want %#02x, bytes", magic[2], idxUint8)
	}
	dims := make([]byte, 4*int(magic[3]))
	if n, err := io.ReadFull(r, dims); err != nil {
		return nil, 0, errors.Wrapf(err, "data: IDX byte %d: reading %d dimensions", 4+n, magic[3])
	}
	for i := 0; i < len(dims); i += 4 {
		shape = append(shape, int(binary.BigEndian.Uint32(dims[i:])))
	}
	size, err = idxSize(shape, limit)
	return shape, size, err
}

// idxSize is the number of values of a shape, at most a limit.
func idxSize(shape []int, limit int) (int, error) {
	if len(shape) == 0 || len(shape) > 255 {
		return 0, errors.Errorf("data: IDX byte 3: got %d dimensions, want 1 to 255", len(shape))
	}
	size := 1
	for i, d := range shape {
		if d < 1 || d > limit/size || int64(d) > math.MaxUint32 {
			return 0, errors.Errorf("data: IDX byte %d: dimension %d: got shape %v, want each at least 1 and their product at most %d (IDXReader.MaxValues reads larger files)",
				4+4*i, i, shape, limit)
		}
		size *= d
	}
	return size, nil
}

// expectEnd returns an error unless r has ended. Reading to the end also makes gzip verify its checksum.
func expectEnd(r io.Reader, offset int) error {
	var extra [1]byte
	n, err := io.ReadFull(r, extra[:])
	if n > 0 {
		return errors.Errorf("data: IDX byte %d: more bytes follow the last value", offset)
	}
	if err != io.EOF {
		return errors.Wrapf(err, "data: IDX byte %d", offset)
	}
	return nil
}
