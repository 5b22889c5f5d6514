package printable

import (
	"reflect"
	"testing"
)

type leaf struct{ Name string }

type tree struct {
	Name    string
	Leaves  []leaf
	None    []leaf
	Leaf    *leaf
	Numbers []float64
	secret  string
}

func TestCopy(t *testing.T) {
	make := func(text string) tree {
		return tree{text, []leaf{{"fine"}, {text}}, nil, &leaf{text}, []float64{1}, "\x1b"}
	}
	before := make("\x1b")
	got, want := Copy(before), make(`\x1b`)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !reflect.DeepEqual(before, make("\x1b")) {
		t.Errorf("the value itself was changed: %+v", before)
	}
	if &got.Numbers[0] != &before.Numbers[0] {
		t.Error("numbers were copied")
	}
}
