package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
)

func dense(v any, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v))
}

// small is a checkpoint with something of everything.
func small(step int) *Checkpoint {
	return &Checkpoint{
		Position:  Position{Step: step, Epoch: 2, Batch: 1, Scores: map[string]Number{"val_loss": Number(step%4) / 10, "accuracy": Number(math.NaN())}},
		Params:    map[string]*tensor.Dense{"a/weight": dense([]float32{1, float32(step), float32(math.Inf(1)), -0}, 2, 2), "a/bias": dense([]float32{5, 6}, 2)},
		Averaged:  map[string]*tensor.Dense{"a/weight": dense([]float32{1.5, 2.5, 3.5, 4.5}, 2, 2), "a/bias": dense([]float32{5, 7}, 2)},
		Optimizer: map[string]*tensor.Dense{"a/weight/step": dense([]int{3}, 1), "a/weight/exp_avg": dense([]float64{1, 2, 3, 0.1}, 2, 2)},
		States: map[string]State{
			"callback/x/0": {Values: map[string]Number{"best": Number(math.Inf(-1))}, Tensors: map[string]*tensor.Dense{"a:b": dense([]float64{math.NaN()}, 1)}},
			"empty":        {},
		},
	}
}

// content is the content of its file.
func content(t testing.TB, c *Checkpoint) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	want := small(3)
	b := content(t, want)
	got, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content(t, got), b) {
		t.Error("what was read does not give the same file")
	}
	if got.Step != 3 || got.Epoch != 2 || got.Batch != 1 || got.Scores["val_loss"] != 0.3 || got.Scores["accuracy"] == got.Scores["accuracy"] {
		t.Errorf("position %+v", got.Position)
	}
	for name, v := range want.Params {
		if !got.Params[name].Shape().Eq(v.Shape()) || !reflect.DeepEqual(got.Params[name].Data(), v.Data()) {
			t.Errorf("%s: got %v, want %v", name, got.Params[name], v)
		}
	}
	if !reflect.DeepEqual(got.Weights()["a/weight"].Data(), want.Averaged["a/weight"].Data()) {
		t.Errorf("weights %v", got.Weights())
	}
	var values map[string]Number
	if err := got.States["callback/x/0"].Decode(&values); err != nil || !math.IsInf(float64(values["best"]), -1) {
		t.Errorf("values %v, %v", values, err)
	}
	if v := got.States["callback/x/0"].Tensors["a:b"].Float64s(); len(v) != 1 || v[0] == v[0] {
		t.Errorf("tensor %v", v)
	}
}

// A state can be decoded before it is written too.
func TestDecodeStateInMemory(t *testing.T) {
	var v []int
	if err := (State{Values: []int{1, 2}}).Decode(&v); err != nil || len(v) != 2 {
		t.Errorf("got %v, %v", v, err)
	}
	if err := (State{Values: "x"}).Decode(&v); err == nil {
		t.Error("no error for values of another type")
	}
}

// A file that is cut at any byte is damaged, and the one before is used.
func TestEveryTruncationIsDetected(t *testing.T) {
	whole := content(t, small(3))
	f := &Folder{Path: t.TempDir(), Warn: func(error) {}}
	for n := range whole {
		if _, err := decode(whole[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut at byte %d of %d: got error %v, want %v", n, len(whole), err, ErrDamaged)
		}
		if n%97 == 0 {
			fallsBack(t, f, whole[:n])
		}
	}
}

// A file with any bit flipped is damaged, and the one before is used.
func TestFlippedBitsAreDetected(t *testing.T) {
	whole := content(t, small(3))
	random := rand.New(rand.NewPCG(1, 2))
	f := &Folder{Path: t.TempDir(), Warn: func(error) {}}
	for i := range 1000 {
		at, bit := random.IntN(len(whole)), random.IntN(8)
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1 << bit
		if _, err := decode(flipped); !errors.Is(err, ErrDamaged) {
			t.Fatalf("bit %d of byte %d: got error %v, want %v", bit, at, err, ErrDamaged)
		}
		if i%50 == 0 {
			fallsBack(t, f, flipped)
		}
	}
}

// Verify finds what [Read] does, in checkpoints alone.
func TestVerify(t *testing.T) {
	whole := content(t, small(3))
	verify := func(b []byte) error {
		f, err := safetensors.New(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		return Verify(bytes.NewReader(b), int64(len(b)), f.Metadata)
	}
	if err := verify(whole); err != nil {
		t.Error(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-1] ^= 1
	if err := verify(flipped); !errors.Is(err, ErrDamaged) {
		t.Errorf("a flipped bit: got error %v, want %v", err, ErrDamaged)
	}
	for _, key := range []string{versionKey, checksumKey} {
		if err := verify(bytes.Replace(whole, []byte(key), bytes.ToUpper([]byte(key)), 1)); !errors.Is(err, ErrDamaged) {
			t.Errorf("without %s: got error %v, want %v", key, err, ErrDamaged)
		}
	}
	for _, key := range []string{versionKey, checksumKey} {
		whole = bytes.Replace(whole, []byte(key), bytes.ToUpper([]byte(key)), 1)
	}
	if err := verify(whole); err != nil {
		t.Errorf("no checkpoint: got error %v", err)
	}
}

// fallsBack checks that a folder passes over a damaged file of step 3, takes that of step 2, and tells of it.
func fallsBack(t *testing.T, f *Folder, damaged []byte) {
	t.Helper()
	if err := small(2).Write(filepath.Join(f.Path, nameOf(Position{Step: 2}))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.Path, nameOf(Position{Step: 3})), damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	var told string
	f.Warn = func(err error) { told = err.Error() }
	c, err := f.Begin()
	if err != nil || c == nil || c.Step != 2 {
		t.Fatalf("got %+v, %v, want step 2", c, err)
	}
	if err := f.End(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(told, nameOf(Position{Step: 3})) || !strings.Contains(told, "taking the one of step 2") {
		t.Errorf("the warning is %q", told)
	}
	if list, err := List(f.Path); err != nil || len(list) != 1 {
		t.Errorf("the damaged file is still in the list: %v, %v", list, err)
	}
}

// If all checkpoints are damaged a run does not begin anew.
func TestOnlyDamagedCheckpoints(t *testing.T) {
	f := &Folder{Path: t.TempDir()}
	if err := os.WriteFile(filepath.Join(f.Path, nameOf(Position{Step: 3})), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if c, err := f.Begin(); c != nil || !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "move the folder away") {
		t.Errorf("got %v, %v", c, err)
	}
	if _, err := os.Stat(filepath.Join(f.Path, nameOf(Position{Step: 3}))); err != nil {
		t.Error("the file was touched")
	}
}

// sealed is a file with other metadata and a right checksum.
func sealed(t testing.TB, from, to string) []byte {
	b := bytes.Replace(content(t, small(3)), []byte(from), []byte(to), 1)
	return seal(b)
}

func TestLaterVersion(t *testing.T) {
	b := sealed(t, `"gradflow.checkpoint":"1"`, `"gradflow.checkpoint":"2"`)
	if _, err := decode(b); !errors.Is(err, ErrVersion) || errors.Is(err, ErrDamaged) {
		t.Errorf("got error %v, want %v", err, ErrVersion)
	}
	folder := t.TempDir()
	if err := small(2).Write(filepath.Join(folder, nameOf(Position{Step: 2}))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, nameOf(Position{Step: 3})), b, 0o644); err != nil {
		t.Fatal(err)
	}
	if c, _, err := Newest(folder); c != nil || !errors.Is(err, ErrVersion) {
		t.Errorf("got %v, %v: want an error in place of the older one", c, err)
	}
}

func TestNamesOfStates(t *testing.T) {
	c := &Checkpoint{States: map[string]State{"a:b": {}}}
	if err := c.Write(filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "colon") {
		t.Errorf("got error %v", err)
	}
	c = &Checkpoint{States: map[string]State{"nan": {Values: math.NaN()}}}
	if err := c.Write(filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "the state of nan") {
		t.Errorf("got error %v", err)
	}
}

// seal sets the checksum of a content, if it has one.
func seal(b []byte) []byte {
	b = bytes.Clone(b)
	key := []byte(`"` + checksumKey + `":"`)
	if at := bytes.Index(b, key); at >= 0 && at+len(key)+len(noChecksum) <= len(b) {
		place := b[at+len(key):][:len(noChecksum)]
		copy(place, noChecksum)
		copy(place, fmt.Sprintf("%x", sha256.Sum256(b)))
	}
	return b
}

// Whatever the content of a file with a right checksum is, reading it gives a checkpoint or an error.
func FuzzDecode(f *testing.F) {
	f.Add(content(f, small(3)))
	f.Add(sealed(f, `"step":3`, `"step":-3`))
	f.Add(sealed(f, "param:", "other:"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decode(seal(b))
		if err != nil {
			return
		}
		for name, s := range c.States {
			if raw, ok := s.Values.(json.RawMessage); ok && !json.Valid(raw) {
				t.Errorf("state %s holds no JSON", name)
			}
		}
	})
}
