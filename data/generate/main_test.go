package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/data"
)

// labels is n labels 9, 8, ..., 0, 9, 8...
func labels(n int) []uint8 {
	l := make([]uint8, n)
	for i := range l {
		l[i] = uint8(9 - i%10)
	}
	return l
}

func TestBalanced(t *testing.T) {
	all := labels(100)
	draw := func(seed uint64) []int {
		picked, err := balanced(all, 4, rand.New(rand.NewPCG(seed, 0)))
		if err != nil {
			t.Fatal(err)
		}
		return picked
	}
	picked := draw(1)
	if len(picked) != 40 {
		t.Fatalf("picked %d; want 40", len(picked))
	}
	for i, p := range picked {
		if int(all[p]) != i%10 {
			t.Errorf("pick %d has label %d; want %d", i, all[p], i%10)
		}
		if i >= 10 && p <= picked[i-10] {
			t.Errorf("pick %d is image %d, after image %d of the same class; want a later one", i, p, picked[i-10])
		}
	}
	if !slices.Equal(picked, draw(1)) {
		t.Error("the same seed picks differently")
	}
	if slices.Equal(picked, draw(2)) {
		t.Error("another seed picks the same")
	}
}

func TestBalancedNeedsEnoughOfEachClass(t *testing.T) {
	_, err := balanced(labels(39), 4, rand.New(rand.NewPCG(1, 0))) // one short of class 0
	if err == nil || !strings.Contains(err.Error(), "class 0: got 3 images, want at least 4") {
		t.Errorf("error %v; want one about class 0", err)
	}
}

func TestRows(t *testing.T) {
	got := idx{shape: []int{3, 1, 2}, values: []uint8{0, 1, 2, 3, 4, 5}}.rows([]int{2, 0})
	if !slices.Equal(got.shape, []int{2, 1, 2}) || !slices.Equal(got.values, []uint8{4, 5, 0, 1}) {
		t.Errorf("rows 2 and 0 are %+v; want 4, 5, 0, 1 of shape [2 1 2]", got)
	}
}

func TestWriteIsDeterministicAndReadsBack(t *testing.T) {
	f := idx{shape: []int{300}, values: labels(300)}
	var written [2][]byte
	var listed [2]bytes.Buffer
	for i := range written {
		dir := t.TempDir()
		if err := write(dir, "x", f, &listed[i]); err != nil {
			t.Fatal(err)
		}
		var err error
		if written[i], err = os.ReadFile(filepath.Join(dir, "x.gz")); err != nil {
			t.Fatal(err)
		}
		sum := strings.Fields(listed[i].String())[0]
		back, err := read(dir, "x", sum)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(back.shape, f.shape) || !slices.Equal(back.values, f.values) {
			t.Errorf("read back %+v; want %+v", back, f)
		}
	}
	if !bytes.Equal(written[0], written[1]) || listed[0].String() != listed[1].String() {
		t.Error("two runs wrote different files")
	}
	if mtime := written[0][4:8]; !bytes.Equal(mtime, make([]byte, 4)) {
		t.Errorf("the gzip header carries the time %x; want none", mtime)
	}
}

func TestRunRefusesOtherData(t *testing.T) {
	dir := t.TempDir()
	err := run(dir, dir, new(bytes.Buffer))
	if err == nil || !strings.Contains(err.Error(), "dataset-fashion-mnist") {
		t.Errorf("error %v for an empty directory; want one that names the package to install", err)
	}
	f := idx{shape: []int{30, 1, 1}, values: labels(30)}
	if err := write(dir, splits[0].imagesName(), f, new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	err = run(dir, dir, new(bytes.Buffer))
	if err == nil || !strings.Contains(err.Error(), "want "+splits[0].imagesSum) {
		t.Errorf("error %v for a wrong file; want one that names the sum of the right one", err)
	}
}

// The embedded sample is what the generator draws from the full set, where that is installed.
func TestSampleIsTheEmbeddedOne(t *testing.T) {
	const full, embedded = "/usr/share/datasets/fashion-mnist", "../fashionmnist"
	if _, err := os.Stat(full); err != nil {
		t.Skip("the full set is not installed")
	}
	for _, s := range splits {
		images, labels, err := s.sample(full)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]idx{s.imagesName(): images, s.labelsName(): labels} {
			file, err := os.Open(filepath.Join(embedded, name+".gz"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			shape, values, err := data.ReadIDX(file)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(shape, want.shape) || !bytes.Equal(values, want.values) {
				t.Errorf("%s of shape %v differs from the sample drawn anew, of shape %v", name, shape, want.shape)
			}
		}
	}
}
