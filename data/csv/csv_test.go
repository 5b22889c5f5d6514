package csv

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

const houses = `id,rooms,city,area,price
a1,3,Bern,70.5,300
a2,5,Aarau,121,550
"a,3",2,Bern,48,
a4,,Chur,60,240
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "houses.csv")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestRead(t *testing.T) {
	path := write(t, "\xef\xbb\xbf"+houses)
	ds, schema, err := Read(path, Options{Targets: []string{"price"}, Ignore: []string{"id"}, Missing: Drop})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "features", schema.Features(), []string{"rooms", "city=Aarau", "city=Bern", "area"})
	equal(t, "X", ds.X.Data(), []float32{3, 0, 1, 70.5, 5, 1, 0, 121})
	equal(t, "Y", ds.Y.Data(), []float32{300, 550})
	equal(t, "shape of Y", ds.Y.Shape(), tensor.Shape{2, 1})
	if err := ds.Validate(); err != nil {
		t.Error(err)
	}
}

func TestFill(t *testing.T) {
	text := strings.Replace(houses, "48,\n", "48,200\n", 1)
	text = strings.Replace(text, "Chur", "NA", 1)
	o := Options{Targets: []string{"price"}, Ignore: []string{"id"}, Missing: Fill, Dtype: tensor.Float64}
	ds, schema, err := Read(write(t, text), o)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "features", schema.Features(), []string{"rooms", "city=", "city=Aarau", "city=Bern", "area"})
	equal(t, "last row", ds.X.Float64s()[15:], []float64{10. / 3, 1, 0, 0, 60})
	if _, _, err := Read(write(t, houses), o); err == nil || !strings.Contains(err.Error(), "cannot be filled") {
		t.Errorf("missing target: got %v", err)
	}
}

func TestClasses(t *testing.T) {
	const text = "size,kind,rank\n1,cat,10\n2,dog,9\n3,cat,100\n"
	ds, schema, err := Read(write(t, text), Options{Targets: []string{"kind"}, Kinds: map[string]Kind{"rank": Index}})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "Y", ds.Y.Data(), []int{0, 1, 0})
	equal(t, "classes", ds.Classes, []string{"cat", "dog"})
	equal(t, "rank", ds.Column("rank").Data(), []int{1, 0, 2})
	equal(t, "ranks", schema.Columns[1].Categories, []string{"9", "10", "100"})

	hot, _, err := Read(write(t, text), Options{Targets: []string{"rank"}, Kinds: map[string]Kind{"rank": OneHot}})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "one-hot Y", hot.Y.Data(), []float32{0, 1, 0, 1, 0, 0, 0, 0, 1})
	if err := hot.Validate(); err != nil {
		t.Error(err)
	}
}

// A schema gives the columns of another file the same meaning, whatever their order, also if it was saved and loaded.
func TestSchemaReadsOtherFiles(t *testing.T) {
	learnt, err := Learn(write(t, houses), Options{Targets: []string{"price"}, Ignore: []string{"id"}, Missing: Drop})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "schema.json")
	if err := learnt.Save(path); err != nil {
		t.Fatal(err)
	}
	schema, err := LoadSchema(path)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "schema from JSON", schema, learnt)
	ds, err := schema.Parse(strings.NewReader("city,extra,area,rooms\nBern,x,10,1\n"), "fresh.csv")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "X", ds.X.Data(), []float32{1, 0, 1, 10})
	if ds.Y != nil {
		t.Errorf("Y without targets in the file: got %v, want nil", ds.Y)
	}
	_, err = schema.Parse(strings.NewReader("city,area,rooms\nBern,10,1\nLinz,10,1\n"), "fresh.csv")
	wantError(t, err, "csv: fresh.csv:3:1", `column "city"`, `got "Linz"`, `"Aarau", "Bern"`)
	_, err = schema.Parse(strings.NewReader("city,area\nBern,10\n"), "fresh.csv")
	wantError(t, err, "fresh.csv:1:1", `got the columns "city", "area"`, `want "rooms"`)
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want one with %q", parts)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	numeric := Options{Kinds: map[string]Kind{"a": Numeric}}
	for name, test := range map[string]struct {
		text    string
		options Options
		want    []string
	}{
		"empty file":         {"", Options{}, []string{"houses.csv: got no header"}},
		"header alone":       {"a,b\n", Options{}, []string{"houses.csv: got no row"}},
		"all dropped":        {"a,b\n,1\n", Options{Missing: Drop}, []string{"got no row without missing values"}},
		"short record":       {"a,b\n1,2\n3\n", Options{}, []string{"houses.csv:3:1", "got 1 fields, want 2"}},
		"separator":          {"a;b\n1,5;2\n", Options{}, []string{"houses.csv:2:1", "Options.Comma"}},
		"no number":          {"a,b\n1,2\n3,x\n", Options{}, []string{`column "b"`, `got "2" in `, `houses.csv:2:3 and "x" in `, "houses.csv:3:3"}},
		"no given number":    {"b,a\n1,x\n", numeric, []string{"houses.csv:2:3", `column "a"`, `got "x", want a number`}},
		"missing":            {"a,b\n1,2\n3, NA\n", Options{}, []string{"houses.csv:3:3", `column "b"`, `got "NA", want a value`}},
		"infinite":           {"a\n1\n1e400\n", numeric, []string{"houses.csv:3:1", "finite"}},
		"infinite in 32":     {"a\n1\n1e39\n", numeric, []string{"houses.csv:3:1", "finite number of at most 3.4e+38"}},
		"bare quote":         {"a,b\n1,2\"\n", Options{}, []string{"houses.csv:2:4", "quotation mark"}},
		"open quote":         {"a,b\n1,\"2\n", Options{}, []string{"houses.csv:", "quoted field"}},
		"twice":              {"a,b,a\n1,2,3\n", Options{}, []string{"houses.csv:1:5", `the column "a" twice`}},
		"unknown target":     {"a,b\n1,2\n", Options{Targets: []string{"c"}}, []string{"houses.csv:1:1", `got the columns "a", "b", want "c"`}},
		"no input":           {"a,b\n1,2\n", Options{Targets: []string{"a", "b"}}, []string{"got no input"}},
		"mixed targets":      {"a,b,c\n1,2,x\n", Options{Targets: []string{"a", "c"}}, []string{"2 columns, of which 1 hold categories"}},
		"column of nothing":  {"a,b\n,2\n", Options{Missing: Fill}, []string{`column "a": got no value`}},
		"many categories":    {"a\nx\ny\nz\n", Options{MaxCategories: 2}, []string{"houses.csv:4:1", "more than 2 categories"}},
		"unknown kind":       {"a\n1\n", Options{Kinds: map[string]Kind{"a": "text"}}, []string{`got "text"`}},
		"unknown rule":       {"a\n1\n", Options{Missing: "skip"}, []string{`got "skip"`}},
		"target is ignored":  {"a,b\n1,2\n", Options{Targets: []string{"a"}, Ignore: []string{"a"}}, []string{`target "a"`}},
		"wrong type":         {"a\n1\n", Options{Dtype: tensor.Int}, []string{"Dtype: got int"}},
		"negative bound":     {"a\n1\n", Options{MaxCategories: -1}, []string{"MaxCategories: got -1"}},
		"ignored is unknown": {"a\n1\n", Options{Ignore: []string{"z"}}, []string{`want "z"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Read(write(t, test.text), test.options)
			wantError(t, err, test.want...)
		})
	}
	_, _, err := Read("nowhere.csv", Options{})
	wantError(t, err, "csv: ", "nowhere.csv")
}

func TestWrongSchemas(t *testing.T) {
	for text, want := range map[string]string{
		"{":                            "unexpected EOF",
		`{"colour": 1}`:                "unknown field",
		`{"columns": []}`:              "got no input among 0 columns",
		`{"columns": [{"name": "a"}]}`: `kind of column "a": got ""`,
		`{"columns": [{"name": "a", "kind": "index"}]}`:                                     `column "a": got no categories`,
		`{"columns": [{"name": "a", "kind": "numeric"}, {"name": "a", "kind": "numeric"}]}`: `two columns "a"`,
	} {
		path := write(t, text)
		_, err := LoadSchema(path)
		wantError(t, err, "csv: ", path, want)
	}
	_, err := LoadSchema("nowhere.json")
	wantError(t, err, "csv: ", "nowhere.json")
}

// A file that can be learnt can be read, gives a valid dataset, and takes no more memory than its size allows.
func FuzzRead(f *testing.F) {
	f.Add(houses, "price", "drop", ',')
	f.Add(houses, "city", "fill", ',')
	f.Add("a;b\n1;x\n", "b", "", ';')
	f.Add("a,b\n1,\"x\ny\"\"\"\n", "a", "", ',')
	f.Fuzz(func(t *testing.T, text, target, rule string, comma rune) {
		o := Options{Targets: []string{target}, Missing: Missing(rule), Comma: comma, MaxCategories: 3}
		first, err := newTable(strings.NewReader(text), "fuzz.csv", comma)
		if err != nil {
			return
		}
		schema, err := learn(first, o)
		if err != nil {
			return
		}
		ds, err := schema.Parse(strings.NewReader(text), "fuzz.csv")
		if err != nil {
			t.Fatalf("learnt, but not read: %v", err)
		}
		if err := ds.Validate(); err != nil {
			t.Fatal(err)
		}
		if size := sizeOf(ds); size > 64*len(text) {
			t.Errorf("%d values of %d bytes of text", size, len(text))
		}
	})
}

// sizeOf is the number of values of a dataset.
func sizeOf(ds *data.Dataset) (n int) {
	for _, c := range ds.AllColumns() {
		n += c.Values.Shape().TotalSize()
	}
	return n
}
