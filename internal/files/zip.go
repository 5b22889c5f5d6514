package files

import (
	"archive/zip"
	"io"

	"github.com/pkg/errors"
)

// Zip reads the directory of a ZIP archive of so many bytes. The directory is at the end of the file: of a truncated archive the error
// says that it is one.
func Zip(r io.ReaderAt, size int64) (*zip.Reader, error) {
	archive, err := zip.NewReader(r, size)
	if err == nil {
		return archive, nil
	}
	if IsZip(r) {
		return nil, errors.Errorf("got a truncated ZIP archive: its %d bytes lack the directory at the end (copy or download the file again)", size)
	}
	return nil, err
}

// IsZip reports whether a file begins as a ZIP archive.
func IsZip(r io.ReaderAt) bool {
	start := make([]byte, 4)
	n, _ := r.ReadAt(start, 0)
	return string(start[:n]) == "PK\x03\x04"
}

// Damaged explains an error of reading an entry to its end that has another checksum than the directory tells. Other errors it returns as they are.
func Damaged(err error, entry *zip.File) error {
	if !errors.Is(err, zip.ErrChecksum) {
		return err
	}
	return errors.Errorf("got bytes of another checksum, want %08x, as in the archive's directory (the file is damaged: copy or download it again)", entry.CRC32)
}
