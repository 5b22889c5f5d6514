package text

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"

	"github.com/pkg/errors"
)

//go:generate go run ./generate -to opticks/opticks.txt.gz

//go:embed opticks/opticks.txt.gz
var opticks []byte

// Opticks is Isaac Newton's Opticks, in the fourth edition of 1730: 567,038 characters, 91 different ones.
func Opticks() (*Corpus, error) {
	z, err := gzip.NewReader(bytes.NewReader(opticks))
	if err != nil {
		return nil, errors.Wrap(err, "text: embedded Opticks")
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, errors.Wrap(err, "text: embedded Opticks")
	}
	return New(string(text))
}
