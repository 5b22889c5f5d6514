// Package csv reads tables with a header, as spreadsheets write them, into datasets.
//
//	houses, schema, err := csv.Read("houses.csv", csv.Options{Targets: []string{"price"}, Ignore: []string{"id"}})
//
// X has a column for each column of numbers and a one-hot column for each category of a column of texts, in the order of the
// header. Y has the target columns. What a column holds is found by looking at all of it: it has numbers if every field is a number,
// and categories if none is. A column with both is an error that names the first odd field, unless Options.Kinds says what
// it holds. [Index] makes a column of categories a column of class numbers in the dataset, as layers with embeddings read them.
//
// The [Schema] is what was found: which columns there are, their categories, and what replaces a missing value. It reads other files of
// the same kind, so that their columns mean the same, and files without the targets. It is saved beside the model that was trained:
//
//	err = schema.Save("houses.json")
//	...
//	schema, err := csv.LoadSchema("houses.json")
//	fresh, err := schema.Read("fresh.csv")
//
// A file that is larger than the memory is a stream:
//
//	schema, err := csv.Learn("huge.csv", csv.Options{Targets: []string{"price"}})
//	stream, err := schema.Stream("huge.csv")
//
// # Format
//
// The format follows RFC 4180: the first record names the columns, every record has as many fields, and fields with commas,
// quotation marks or line breaks are quoted. Spaces around a field and a byte-order mark are dropped, and empty lines are skipped. A
// number is written with a decimal point and without separators of thousands; infinities are errors.
//
// An error names the file, the line and the byte in the line, as "houses.csv:17:9", the column, and what was found and wanted.
//
// Memory is bounded by the size of the file: a one-hot column takes a number for each category and row, and there are at
// most [Options.MaxCategories] categories.
package csv
