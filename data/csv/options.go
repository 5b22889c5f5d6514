package csv

import (
	"maps"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Kind says what a column holds, and what becomes of it.
type Kind string

// The kinds. The zero value means that the fields decide: numbers are Numeric; texts are OneHot in an input and Index in a target.
const (
	Auto    Kind = ""
	Numeric Kind = "numeric" // a number
	OneHot  Kind = "one-hot" // a category: a column for each, 1 in the one of the sample's category and 0 in the others
	Index   Kind = "index"   // a category: its number, in a column of int of its own, or in Y
)

// Missing is the rule for missing values.
type Missing string

// The rules. The zero value means that a missing value is an error.
const (
	Refuse Missing = ""
	// Drop leaves out each row in which a value is missing.
	Drop Missing = "drop"
	// Fill replaces a missing number by the mean of its column in the file from which the schema was learnt, and makes a missing
	// category a category of its own, "". A missing target is an error.
	Fill Missing = "fill"
)

// defaultMissing are the texts that stand for a missing value.
var defaultMissing = []string{"", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None"}

// Options say how a table is read. The zero value reads all columns as inputs.
type Options struct {
	// Targets are the columns that become Y: one column of categories, or any number of columns of numbers, in this order.
	Targets []string
	// Ignore are columns that are left out, such as the number of a row.
	Ignore []string
	// Kinds says what columns hold that must not be found out, such as classes that are written as numbers.
	Kinds map[string]Kind
	// Missing is the rule for missing values.
	Missing Missing
	// MissingTexts are the texts that stand for a missing value. nil means the empty field, NA, N/A, n/a, NaN, nan, NULL, null and None.
	MissingTexts []string
	// Comma separates fields; 0 means ','.
	Comma rune
	// MaxCategories bounds the categories of a one-hot column; 0 means 100.
	MaxCategories int
	// Dtype is the type of X, and of Y if it holds numbers: tensor.Float32 or tensor.Float64. The zero value means Float32.
	Dtype tensor.Dtype
}

func (o Options) validate() error {
	for _, name := range slices.Sorted(maps.Keys(o.Kinds)) {
		if k := o.Kinds[name]; k != Auto && k != Numeric && k != OneHot && k != Index {
			return errors.Errorf("kind of column %q: got %q, want csv.Numeric, csv.OneHot or csv.Index", name, k)
		}
	}
	switch o.Missing {
	case Refuse, Drop, Fill:
	default:
		return errors.Errorf("rule for missing values: got %q, want csv.Refuse, csv.Drop or csv.Fill", o.Missing)
	}
	if o.MaxCategories < 0 {
		return errors.Errorf("MaxCategories: got %d, want a positive number, or 0 for 100", o.MaxCategories)
	}
	if o.Dtype != (tensor.Dtype{}) && o.Dtype != tensor.Float32 && o.Dtype != tensor.Float64 {
		return errors.Errorf("Dtype: got %v, want tensor.Float32 or tensor.Float64", o.Dtype)
	}
	for i, name := range o.Targets {
		if slices.Contains(o.Targets[:i], name) || slices.Contains(o.Ignore, name) {
			return errors.Errorf("target %q: got the name twice in Targets and Ignore, want it once", name)
		}
	}
	return nil
}

func (o Options) maxCategories() int {
	if o.MaxCategories == 0 {
		return 100
	}
	return o.MaxCategories
}

func (o Options) missingTexts() []string {
	if o.MissingTexts == nil {
		return slices.Clone(defaultMissing)
	}
	return slices.Clone(o.MissingTexts)
}
