// Command generate draws the sample of Fashion-MNIST that package data embeds from the full set, by a fixed seed.
// Run it as "go generate ./data". The full set is in the Debian package dataset-fashion-mnist.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
)

const (
	seed    = 1708_07747 // arXiv:1708.07747 is the paper of Fashion-MNIST
	classes = 10
)

// split is one half of the set: the training or the test images.
type split struct {
	name     string // the file names start with it
	perClass int    // images taken of each class
	// SHA-256 of the two full IDX files, uncompressed.
	imagesSum, labelsSum string
}

var splits = []split{
	{
		name:      "train",
		perClass:  1000,
		imagesSum: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
		labelsSum: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
	},
	{
		name:      "t10k",
		perClass:  200,
		imagesSum: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
		labelsSum: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
	},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("generate: ")
	from := flag.String("from", "/usr/share/datasets/fashion-mnist", "`directory` with the four full IDX files, gzip-compressed")
	to := flag.String("to", "fashionmnist", "`directory` to write the sample to")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q; see -h", flag.Arg(0))
	}
	if err := run(*from, *to, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run writes the sample of each split and prints the sums of its files.
func run(from, to string, out io.Writer) error {
	for _, s := range splits {
		images, labels, err := s.sample(from)
		if err != nil {
			return err
		}
		if err := write(to, s.imagesName(), images, out); err != nil {
			return err
		}
		if err := write(to, s.labelsName(), labels, out); err != nil {
			return err
		}
	}
	return nil
}

func (s split) imagesName() string { return s.name + "-images-idx3-ubyte" }
func (s split) labelsName() string { return s.name + "-labels-idx1-ubyte" }

// idx is the content of an IDX file.
type idx struct {
	shape  []int
	values []uint8
}

// sample reads the full split in from and draws its sample.
func (s split) sample(from string) (images, labels idx, err error) {
	if images, err = read(from, s.imagesName(), s.imagesSum); err != nil {
		return idx{}, idx{}, err
	}
	if labels, err = read(from, s.labelsName(), s.labelsSum); err != nil {
		return idx{}, idx{}, err
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	picked, err := balanced(labels.values, s.perClass, rng)
	if err != nil {
		return idx{}, idx{}, errors.Wrap(err, s.labelsName())
	}
	return images.rows(picked), labels.rows(picked), nil
}

// balanced draws perClass indices of each class without repetition. Within a class they keep their order. The classes
// alternate: 0, 1, ..., 9, 0, 1, ...
func balanced(labels []uint8, perClass int, rng *rand.Rand) ([]int, error) {
	picked := make([]int, classes*perClass)
	for c := range classes {
		var members []int
		for i, label := range labels {
			if int(label) == c {
				members = append(members, i)
			}
		}
		if len(members) < perClass {
			return nil, errors.Errorf("class %d: got %d images, want at least %d", c, len(members), perClass)
		}
		rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		members = members[:perClass]
		slices.Sort(members)
		for round, i := range members {
			picked[round*classes+c] = i
		}
	}
	return picked, nil
}

// rows is the file with only the picked entries of its first dimension, in that order.
func (f idx) rows(picked []int) idx {
	shape := slices.Clone(f.shape)
	shape[0] = len(picked)
	width := len(f.values) / f.shape[0]
	values := make([]uint8, 0, len(picked)*width)
	for _, i := range picked {
		values = append(values, f.values[i*width:(i+1)*width]...)
	}
	return idx{shape, values}
}

// read reads dir/name.gz, whose content must have the given sum.
func read(dir, name, sum string) (idx, error) {
	path := filepath.Join(dir, name+".gz")
	file, err := os.Open(path)
	if err != nil {
		return idx{}, errors.Wrap(err, "the full set is needed: Debian package dataset-fashion-mnist, or -from")
	}
	defer file.Close()
	var f idx
	if f.shape, f.values, err = data.ReadIDX(file); err != nil {
		return idx{}, errors.Wrap(err, path)
	}
	plain, err := f.encode()
	if err != nil {
		return idx{}, errors.Wrap(err, path)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(plain)); got != sum {
		return idx{}, errors.Errorf("SHA-256 of %s: got %s, want %s, as published", path, got, sum)
	}
	return f, nil
}

// encode is the file, uncompressed.
func (f idx) encode() ([]byte, error) {
	var plain bytes.Buffer
	err := data.WriteIDX(&plain, f.shape, f.values)
	return plain.Bytes(), err
}

// write writes dir/name.gz and prints the sums of its content and of itself. The gzip header carries neither name nor time.
func write(dir, name string, f idx, out io.Writer) error {
	plain, err := f.encode()
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zip.Write(plain); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%x  %s\n", sha256.Sum256(plain), name)
	fmt.Fprintf(out, "%x  %s.gz\n", sha256.Sum256(packed.Bytes()), name)
	return os.WriteFile(filepath.Join(dir, name+".gz"), packed.Bytes(), 0o644)
}
