package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"

	"github.com/pkg/errors"
)

// noChecksum stands for the checksum while it is computed.
var noChecksum = strings.Repeat("0", 2*sha256.Size)

// Verify compares a safetensors file, of that size and with that metadata, with its checksum, if it is a checkpoint. If any bit of it has changed
// since it was written, the error wraps [ErrDamaged]. It reads the file piece by piece.
func Verify(r io.ReaderAt, size int64, metadata map[string]string) error {
	_, versioned := metadata[versionKey]
	if _, summed := metadata[checksumKey]; !versioned && !summed {
		return nil
	}
	return errors.Wrap(verify(r, size), "checkpoint")
}

// verify compares a file with the checksum in its header.
func verify(r io.ReaderAt, size int64) error {
	header, err := header(r, size)
	if err != nil {
		return err
	}
	key := []byte(`"` + checksumKey + `":"`)
	at := bytes.Index(header, key) + len(key)
	if at < len(key) || len(header)-at < len(noChecksum) {
		return damaged("got %d bytes without a checksum", size)
	}
	got := string(header[at : at+len(noChecksum)])
	copy(header[at:], noChecksum)
	sum := sha256.New()
	sum.Write(header)
	if _, err := io.Copy(sum, io.NewSectionReader(r, int64(len(header)), size-int64(len(header)))); err != nil {
		return errors.Wrap(err, "checkpoint")
	}
	if want := hex.EncodeToString(sum.Sum(nil)); got != want {
		return damaged("got the checksum %.16q, want %.16q", got, want)
	}
	return nil
}

// header reads the size of the header and the header.
func header(r io.ReaderAt, size int64) ([]byte, error) {
	var n [8]byte
	if _, err := r.ReadAt(n[:], 0); err != nil {
		return nil, damaged("got %d bytes, want a header", size)
	}
	length := binary.LittleEndian.Uint64(n[:])
	if length > uint64(size-8) {
		return nil, damaged("got a header of %d bytes in a file of %d, want one that fits", length, size)
	}
	h := make([]byte, 8+length)
	if _, err := r.ReadAt(h, 0); err != nil && err != io.EOF {
		return nil, errors.Wrap(err, "checkpoint")
	}
	return h, nil
}
