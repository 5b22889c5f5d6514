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
	verb, them, their := "belongs", "it", "Its gradient was"
	if len(p.Unseen) > 1 {
		verb, them, their = "belong", "them", "Their gradients were"
	}
	return fmt.Sprintf("Not all of the network was seen: %s %s to no layer, because an unknown operation reads %s (%s). %s not recorded, so there is no verdict.",
		count(len(p.Unseen), "weight"), verb, them, strings.Join(names, ", "), their)
}
