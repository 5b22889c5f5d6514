package structure

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
)

// names makes names distinct.
type names map[string]bool

// next is the name if it is free, otherwise the name with #2, #3, ... added.
func (taken names) next(name string) string {
	free := name
	for i := 2; taken[free]; i++ {
		free = fmt.Sprintf("%s#%d", name, i)
	}
	taken[free] = true
	return free
}

// nameOfParameter is the name of a parameter, or its number from 1 on if it has none.
func nameOfParameter(n *gorgonia.Node, i int) string {
	// Gorgonia names an unnamed input by printing its operation, which it does not have.
	if name := n.Name(); name != "" && !strings.HasPrefix(name, "%!") {
		return name
	}
	return fmt.Sprintf("parameter%d", i+1)
}

// weightEnding matches what follows the name of the layer in the name of a weight.
var weightEnding = regexp.MustCompile(`(?i)[/._-](w|weights?|kernels?|filters?|tables?)$`)

// recurrentEnding matches what follows the name of the layer in the names of PyTorch's recurrent weights.
var recurrentEnding = regexp.MustCompile(`weight_[ih]h(?:_(l\d+(?:_reverse)?))?$`)

// layerOf is the name of a layer, from the name of its weight: "block3/dense1" for "block3/dense1/weight", "fc1" for "fc1.w",
// "lstm1/l0" for "lstm1/weight_ih_l0".
func layerOf(weight string) string {
	if layer := strings.TrimRight(recurrentEnding.ReplaceAllString(weight, "$1"), "/._-"); layer != weight && layer != "" {
		return layer
	}
	if layer := weightEnding.ReplaceAllString(weight, ""); layer != "" {
		return layer
	}
	return weight
}

// nameLayers names each layer by its weight. The steps of a sequence have one name, from the last step: the first may leave out
// the state or learn it.
func (n *Network) nameLayers(sorted []*layer) {
	taken, byGroup := make(names), make(map[*group]string)
	byNode := make(map[*gorgonia.Node]string, len(n.Parameters))
	for _, p := range n.Parameters {
		byNode[p.Node] = p.Name
	}
	for i, l := range sorted {
		name, known := byGroup[l.group]
		if !known {
			last := l.group.layers[len(l.group.layers)-1]
			name = taken.next(layerOf(byNode[n.Layers[last.index].Maps[0].Parameters[0]]))
			byGroup[l.group] = name
		}
		n.Layers[i].Path = name
	}
}

// nameBlocks names each block by the folder that all its layers are in, or by its number if there is none.
func (n *Network) nameBlocks() {
	taken := make(names)
	for i, b := range n.Blocks {
		folders := make([]string, 0, len(b.Layers))
		for _, at := range b.Layers {
			path := n.Layers[at].Path
			folders = append(folders, path[:max(0, strings.LastIndex(path, "/"))])
		}
		slices.Sort(folders)
		folders = slices.Compact(folders)
		name := fmt.Sprintf("block%d", i+1)
		if len(folders) == 1 && folders[0] != "" {
			name = folders[0]
		}
		b.Path = taken.next(name)
	}
}
