package vanishing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/graph"
)

// unseen lists the parameters of a weight's shape that no part of a program's structure uses.
func unseen(p *graph.Program) (names []string) {
	for _, u := range p.Structure().Unreached() {
		if u.Node.Dims() >= 2 {
			names = append(names, u.Name)
		}
	}
	return names
}

// unseenSentence names the weights that no layer uses.
func unseenSentence(p Profile) string {
	const most = 4
	names := p.Unseen
	if len(names) > most {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", len(p.Unseen)-most))
	}
	verb := "belongs"
	if len(p.Unseen) > 1 {
		verb = "belong"
	}
	return fmt.Sprintf("Not all of the network was seen: %s %s to no layer, as an operation that is not known combines what is trained there with the data (%s). What the gradient does there was not recorded, so there is no verdict.",
		count(len(p.Unseen), "weight"), verb, strings.Join(names, ", "))
}
