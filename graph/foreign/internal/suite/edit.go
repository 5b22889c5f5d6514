package suite

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"slices"

	"github.com/pkg/errors"
)

// An edit lists what to change in a file. It is an error if the file does not have what the edit changes.
type edit func(file *ast.File, fset *token.FileSet) ([]change, error)

// A change puts text in place of a part of a file.
type change struct {
	from, to token.Pos
	text     string
}

// rewrite applies edits to the source of a file.
func rewrite(name string, source []byte, edits ...edit) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.ParseComments)
	if err != nil {
		return nil, errors.Wrap(err, "suite: cannot parse a file to edit")
	}
	var changes []change
	for _, e := range edits {
		found, err := e(file, fset)
		if err != nil {
			return nil, errors.Wrapf(err, "suite: %s", name)
		}
		changes = append(changes, found...)
	}
	// From the end of the file, because a change moves what follows it.
	slices.SortFunc(changes, func(a, b change) int { return int(b.from - a.from) })
	for _, c := range changes {
		from, to := fset.Position(c.from).Offset, fset.Position(c.to).Offset
		source = slices.Concat(source[:from], []byte(c.text), source[to:])
	}
	return source, nil
}

// renameFunc renames a function where it is declared, or a method if receiver is its type, such as "*tapeMachine". Calls keep
// the old name, for which another file has a declaration.
func renameFunc(receiver, name, to string) edit {
	return func(file *ast.File, fset *token.FileSet) ([]change, error) {
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if is && f.Name.Name == name && receiverOf(f, fset) == receiver {
				return []change{{f.Name.Pos(), f.Name.End(), to}}, nil
			}
		}
		return nil, errors.Errorf("got no function %q with the receiver %q, want one to rename to %q", name, receiver, to)
	}
}

// receiverOf is the type of a method's receiver, "" for a function.
func receiverOf(f *ast.FuncDecl, fset *token.FileSet) string {
	if f.Recv == nil {
		return ""
	}
	return printed(f.Recv.List[0].Type, fset)
}

// addField adds a field to a struct.
func addField(structName, field string) edit {
	return func(file *ast.File, _ *token.FileSet) ([]change, error) {
		var changes []change
		ast.Inspect(file, func(n ast.Node) bool {
			spec, is := n.(*ast.TypeSpec)
			if !is || spec.Name.Name != structName {
				return true
			}
			if s, is := spec.Type.(*ast.StructType); is {
				changes = []change{{s.Fields.Closing, s.Fields.Closing, "\t" + field + "\n"}}
			}
			return false
		})
		if changes == nil {
			return nil, errors.Errorf("got no struct %q, want one for the field %q", structName, field)
		}
		return changes, nil
	}
}

// replaceExpr replaces each expression that is printed as from.
func replaceExpr(from, to string) edit {
	return func(file *ast.File, fset *token.FileSet) ([]change, error) {
		var changes []change
		ast.Inspect(file, func(n ast.Node) bool {
			e, is := n.(ast.Expr)
			if !is || printed(e, fset) != from {
				return true
			}
			changes = append(changes, change{e.Pos(), e.End(), to})
			return false
		})
		if changes == nil {
			return nil, errors.Errorf("got no expression %q, want one to replace by %q", from, to)
		}
		return changes, nil
	}
}

// printed is a part of a file as gofmt prints it. What cannot be printed is "", which equals no source.
func printed(n ast.Node, fset *token.FileSet) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, fset, n); err != nil {
		return ""
	}
	return b.String()
}
