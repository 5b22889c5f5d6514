package graph

import (
	"fmt"
	"regexp"
	"strings"

	"gorgonia.org/gorgonia"
)

// names makes names distinct.
type names map[string]bool

func newNames() names { return make(names) }

// next is the name if it is free, otherwise with #2, #3, ... behind.
func (taken names) next(name string) string {
	free := name
	for i := 2; taken[free]; i++ {
		free = fmt.Sprintf("%s#%d", name, i)
	}
	taken[free] = true
	return free
}

// nameOfNode is the name of a learnable, or its number from 1 on if it has none.
func nameOfNode(n *gorgonia.Node, i int) string {
	// Of an input without a name, Gorgonia makes one up by printing the operation that it does not have.
	if name := n.Name(); name != "" && !strings.HasPrefix(name, "%!") {
		return name
	}
	return fmt.Sprintf("learnable%d", i+1)
}

// What ends the name of a parameter behind that of its layer.
var (
	kindOfWeight = regexp.MustCompile(`(?i)[/._-](w|weights?|kernels?|filters?)$`)
	kindOfOthers = regexp.MustCompile(`(?i)[/._-](gain|gamma|scale|shift|beta|bias|b)$`)
)

// layerOf is the name of a layer by that of its weight: "block3/dense1" of "block3/dense1/weight", "fc1" of "fc1.w".
func layerOf(weight string) string { return cut(weight, kindOfWeight) }

// ownLayer is the name of the layer of a parameter that no weighted layer has: "norm1" of "norm1/gain".
func ownLayer(param string) string { return cut(param, kindOfOthers) }

// cut takes an ending off, unless nothing would be left.
func cut(name string, ending *regexp.Regexp) string {
	if rest := ending.ReplaceAllString(name, ""); rest != "" {
		return rest
	}
	return name
}
