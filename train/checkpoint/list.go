package checkpoint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/exchange/safetensors"
)

// The parts of the name of a file around the number of its step.
const (
	namePrefix   = "step-"
	restoredPart = "-restored"
	nameSuffix   = ".safetensors"
)

// nameOf is the name of the file of a position.
func nameOf(p Position) string {
	part := ""
	if p.Restored {
		part = restoredPart
	}
	return fmt.Sprintf("%s%010d%s%s", namePrefix, p.Step, part, nameSuffix)
}

// named is what the name of a file tells of a position, if it is that of a checkpoint.
func named(name string) (p Position, ok bool) {
	number, hasPrefix := strings.CutPrefix(name, namePrefix)
	number, hasSuffix := strings.CutSuffix(number, nameSuffix)
	number, p.Restored = strings.CutSuffix(number, restoredPart)
	step, err := strconv.Atoi(number)
	p.Step = step
	return p, hasPrefix && hasSuffix && err == nil && step >= 0
}

// An Entry is a checkpoint in a folder.
type Entry struct {
	Path string
	// Position is what the head of the file tells, unchecked: that of a damaged file holds what its name tells alone.
	Position
}

// List lists the checkpoints of a folder by their steps, without reading more than their heads. A folder that does not exist has none.
func List(folder string) ([]Entry, error) {
	names, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Wrap(err, "checkpoint")
	}
	var list []Entry
	for _, name := range names {
		if p, ok := named(name.Name()); ok {
			path := filepath.Join(folder, name.Name())
			list = append(list, Entry{path, head(path, p)})
		}
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Or(a.Step-b.Step, later(a.Restored)-later(b.Restored)) })
	return list, nil
}

// later is 1 for a checkpoint that is written after the others of its step.
func later(restored bool) int {
	if restored {
		return 1
	}
	return 0
}

// head reads the position of a file, of which the name tells a part.
func head(path string, named Position) Position {
	f, err := safetensors.Open(path)
	if err != nil {
		return named
	}
	defer f.Close()
	var p Position
	if json.Unmarshal([]byte(f.Metadata[positionKey]), &p) != nil {
		return named
	}
	p.Step, p.Restored = named.Step, named.Restored
	return p
}

// Damage is a file that was passed over, and why.
type Damage struct {
	Path string
	Err  error
}

// Newest reads the newest whole checkpoint of a folder, and tells which newer ones are damaged. It is nil if there is none at all.
// If all are damaged that is an error, because a run that begins anew would replace what is left of them.
func Newest(folder string) (c *Checkpoint, passed []Damage, err error) {
	list, err := List(folder)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range slices.Backward(list) {
		c, err := Read(e.Path)
		if err == nil {
			return c, passed, nil
		}
		if errors.Is(err, ErrVersion) || errors.Is(err, fs.ErrPermission) {
			return nil, passed, err
		}
		passed = append(passed, Damage{e.Path, err})
	}
	if len(passed) > 0 {
		return nil, passed, errors.Wrapf(passed[0].Err, "checkpoint: %s: got %d checkpoints, want a whole one (move the folder away to begin anew)",
			folder, len(passed))
	}
	return nil, nil, nil
}

// Best finds the checkpoint of a folder whose score is best: the lowest, or the highest. It is the earlier of two that are equal, and
// nil if none has that score.
func Best(folder, score string, higher bool) (*Entry, error) {
	list, err := List(folder)
	if err != nil {
		return nil, err
	}
	at := best(list, score, higher)
	if at < 0 {
		return nil, nil
	}
	return &list[at], nil
}

// best is the index of the best of a list; -1 if none has the score.
func best(list []Entry, score string, higher bool) int {
	at := -1
	for i, e := range list {
		v, has := e.Scores[score]
		if has && v == v && (at < 0 || better(v, list[at].Scores[score], higher)) {
			at = i
		}
	}
	return at
}

// better reports whether a score is better than another one. A NaN is not.
func better(v, than Number, higher bool) bool {
	if higher {
		return v > than
	}
	return v < than
}
