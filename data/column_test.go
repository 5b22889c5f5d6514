package data

import (
	"math"
	"reflect"
	"testing"

	"gorgonia.org/tensor"
)

// table is n samples with a column of each type: numbers, labels and flags of sample i hold i.
func table(n int) *Dataset {
	d := counting(n, 2)
	sizes, labels, flags := make([]float64, n), make([]int, 2*n), make([]bool, n)
	for i := range n {
		sizes[i], labels[2*i], labels[2*i+1], flags[i] = float64(i), i, -i, i%2 == 1
	}
	d.Columns = []Column{{"size", dense(sizes, n)}, {"labels", dense(labels, n, 2)}, {"flag", dense(flags, n)}}
	return d
}

// checkRows fails unless all columns of a batch or dataset are of the same samples, and returns their numbers.
func checkRows(t *testing.T, columns map[string]*tensor.Dense) (samples []int) {
	t.Helper()
	for i, size := range columns["size"].Float64s() {
		sample := int(size)
		samples = append(samples, sample)
		labels := columns["labels"].Ints()[2*i:]
		if columns["input"].Float64s()[2*i] != float64(2*sample) || columns["target"].Ints()[i] != sample%3 ||
			labels[0] != sample || labels[1] != -sample || columns["flag"].Bools()[i] != (sample%2 == 1) {
			t.Errorf("row %d of sample %d has parts of another", i, sample)
		}
	}
	return samples
}

func columnsOf(d *Dataset) map[string]*tensor.Dense {
	columns := make(map[string]*tensor.Dense)
	for _, c := range d.AllColumns() {
		columns[c.Name] = c.Values
	}
	return columns
}

func TestColumnsKeepTogether(t *testing.T) {
	d := table(10)
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	walk, err := Batches{Size: 4, Shuffle: true, Seed: 1}.All(d, 0)
	if err != nil {
		t.Fatal(err)
	}
	var order []int
	for i, batch := range walk {
		if want := []int{4, 4, 2}[i]; batch.Len() != want || len(batch.Columns) != 5 {
			t.Errorf("batch %d has %d samples of %d columns, want %d of 5", i, batch.Len(), len(batch.Columns), want)
		}
		if batch.X != batch.Columns["input"] || batch.Y != batch.Columns["target"] {
			t.Errorf("batch %d: X and Y are not among the columns", i)
		}
		order = append(order, checkRows(t, batch.Columns)...)
	}
	if want := []int{3, 6, 9, 7, 1, 0, 8, 2, 4, 5}; !reflect.DeepEqual(order, want) { // as without columns
		t.Errorf("the order is %v, want %v", order, want)
	}
	part, err := d.Slice(3, 7)
	if err != nil {
		t.Fatal(err)
	}
	if got := checkRows(t, columnsOf(part)); !reflect.DeepEqual(got, []int{3, 4, 5, 6}) {
		t.Errorf("the slice holds samples %v", got)
	}
	hot, err := d.OneHot()
	if err != nil || !reflect.DeepEqual(hot.Columns, d.Columns) {
		t.Errorf("one-hot targets have columns %v, %v", hot, err)
	}
	moments, err := d.FeatureMoments()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Normalize(moments); err != nil || !reflect.DeepEqual(d.Columns, table(10).Columns) {
		t.Errorf("Normalize: %v, columns %v", err, d.Columns)
	}
}

func TestBatchesOfColumnsDoNotAllocateInBetween(t *testing.T) {
	d := table(1000)
	allocations := func(size int) float64 {
		return testing.AllocsPerRun(10, func() {
			walk, err := Batches{Size: size, Shuffle: true}.All(d, 0)
			if err != nil {
				t.Fatal(err)
			}
			for range walk {
			}
		})
	}
	if few, many := allocations(500), allocations(1); few != many {
		t.Errorf("2 batches allocate %v times and 1000 batches %v times; want as many", few, many)
	}
}

func TestDatasetsWithoutXOrY(t *testing.T) {
	x, labels := dense([]float64{1, 2, 3, 4}, 2, 2), Column{"ids", dense([]int{4, 5}, 2)}
	for name, c := range map[string]struct {
		dataset *Dataset
		columns []string
		dtype   tensor.Dtype
	}{
		"no Y":    {&Dataset{X: x}, []string{"input"}, tensor.Float64},
		"no X":    {&Dataset{Columns: []Column{labels}, Y: dense([]float32{1, 2}, 2, 1)}, []string{"ids", "target"}, tensor.Float32},
		"neither": {&Dataset{Columns: []Column{labels, {"input", x}}}, []string{"ids", "input"}, tensor.Float64},
		"ints":    {&Dataset{Columns: []Column{labels}}, []string{"ids"}, tensor.Float32},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.dataset.Validate(); err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, column := range c.dataset.AllColumns() {
				if names = append(names, column.Name); c.dataset.Column(column.Name) != column.Values {
					t.Errorf("column %s is not found by name", column.Name)
				}
			}
			if !reflect.DeepEqual(names, c.columns) || c.dataset.Len() != 2 || c.dataset.FloatDtype() != c.dtype || c.dataset.Column("none") != nil {
				t.Errorf("%d samples of columns %v with floats of %v", c.dataset.Len(), names, c.dataset.FloatDtype())
			}
			part, err := c.dataset.Slice(1, 2)
			if err != nil || part.Len() != 1 {
				t.Errorf("a slice has %d samples, %v", part.Len(), err)
			}
		})
	}
	_, err := (&Dataset{X: x}).OneHot()
	wantError(t, err, "got no Y")
	_, err = (&Dataset{Columns: []Column{labels}}).Moments()
	wantError(t, err, "X is nil")
}

func TestValidateRejectsColumns(t *testing.T) {
	view := dense([]float64{1, 2, 3, 4}, 2, 2)
	if err := view.T(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		column Column
		want   string
	}{
		"no name":        {Column{"", dense([]int{0, 1}, 2)}, "Columns[0] has no name"},
		"name of X":      {Column{"input", dense([]int{0, 1}, 2)}, `two columns "input"`},
		"name of Y":      {Column{"target", dense([]int{0, 1}, 2)}, `two columns "target"`},
		"nil":            {Column{"mask", nil}, `column "mask" is nil`},
		"type":           {Column{"mask", dense([]string{"a", "b"}, 2)}, `type of column "mask": got string, want float32, float64, int or bool`},
		"scalar":         {Column{"mask", tensor.New(tensor.FromScalar(1.0))}, `shape of column "mask": got a scalar`},
		"rows":           {Column{"mask", dense([]int{0, 1, 2}, 3)}, `shape of column "mask": got (3), 3 rows, want 2`},
		"view":           {Column{"mask", view}, `column "mask" is a transposed`},
		"NaN":            {Column{"mask", dense([]float32{1, 2, 3, float32(math.NaN())}, 2, 2)}, `column "mask" of sample 1: got NaN at position 1`},
		"infinite float": {Column{"mask", dense([]float64{1, math.Inf(1)}, 2)}, `column "mask" of sample 1: got +Inf at position 0`},
	} {
		t.Run(name, func(t *testing.T) {
			d := &Dataset{X: dense([]float64{1, 2}, 2, 1), Y: dense([]int{0, 1}, 2), Columns: []Column{c.column}}
			wantError(t, d.Validate(), "data: ", c.want)
		})
	}
	wantError(t, (&Dataset{Columns: []Column{{"a", dense([]int{0, 1}, 2)}, {"a", dense([]int{0, 1}, 2)}}}).Validate(), `two columns "a"`)
	wantError(t, (&Dataset{Columns: []Column{{"a", dense([]int{0, 1}, 2)}}, Y: dense([]int{0}, 1)}).Validate(), `shape of Y: got (1), want 2 rows, as column "a" of shape (2)`)
	wantError(t, (&Dataset{Columns: []Column{{"a", dense([]int{0, 1}, 2)}}, Y: dense([]bool{true, false}, 2, 1)}).Validate(), "type of Y: got bool")
}
