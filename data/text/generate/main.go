// Command generate compresses the text that package text embeds, from the installation of Go that runs it.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

// sum is the SHA-256 of the text.
const sum = "d4a9ac22462b35e7821a4f2706c211093da678620a8f9997989ee7cf8d507bbd"

func main() {
	log.SetFlags(0)
	log.SetPrefix("generate: ")
	to := flag.String("to", "opticks/opticks.txt.gz", "`file` to write")
	flag.Parse()
	if err := run(*to); err != nil {
		log.Fatal(err)
	}
}

func run(to string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return errors.Wrap(err, "go env GOROOT")
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src", "testdata", "Isaac.Newton-Opticks.txt"))
	if err != nil {
		return errors.Wrap(err, "the text")
	}
	packed, err := pack(text)
	if err != nil {
		return err
	}
	return errors.Wrap(os.WriteFile(to, packed, 0o644), "the compressed text")
}

// pack compresses the text, after it has checked its sum.
func pack(text []byte) ([]byte, error) {
	if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != sum {
		return nil, errors.Errorf("text: got SHA-256 %s, want %s", got, sum)
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, errors.Wrap(err, "gzip")
	}
	if _, err := z.Write(text); err != nil {
		return nil, errors.Wrap(err, "gzip")
	}
	if err := z.Close(); err != nil {
		return nil, errors.Wrap(err, "gzip")
	}
	return b.Bytes(), nil
}
