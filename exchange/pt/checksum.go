package pt

import (
	"archive/zip"
	"hash/crc32"
	"io"
	"sync"

	"github.com/pkg/errors"
)

// An entry is a file of the archive that holds numbers. Tensors share it, and may be read by several goroutines.
type entry struct {
	*zip.File
	once sync.Once
	err  error // of verify
}

// verify compares the checksum of an entry's bytes with that in the directory. It reads them once, whoever asks, and piece by piece: the memory
// does not grow with the entry. A checksum of 0 is none: archives may be written without, and archive/zip takes them too.
func (e *entry) verify(bytes *io.SectionReader) error {
	e.once.Do(func() {
		if e.CRC32 == 0 {
			return
		}
		sum := crc32.NewIEEE()
		if _, err := io.Copy(sum, io.NewSectionReader(bytes, 0, bytes.Size())); err != nil {
			e.err = errors.Wrap(err, e.Name)
		} else if got := sum.Sum32(); got != e.CRC32 {
			e.err = errors.Errorf("%s: got the checksum %08x, want %08x, as in the archive's directory (the file is damaged: copy or download it again)", e.Name, got, e.CRC32)
		}
	})
	return e.err
}
