package main

import "slices"

// sentence is the first definition of Newton's Opticks.
const sentence = `By the Rays of Light I understand its least Parts, and those as well Successive in the same Lines, as Contemporary in several Lines. `

// A text is a text as numbers of its characters.
type text struct {
	characters []rune // in order
	numbers    []int
}

func newText(s string) (t text) {
	t.characters = slices.Compact(slices.Sorted(slices.Values([]rune(s))))
	for _, c := range s {
		i, _ := slices.BinarySearch(t.characters, c)
		t.numbers = append(t.numbers, i)
	}
	return t
}

// at is the character at a place; the text begins again at its end.
func (t text) at(place int) int { return t.numbers[place%len(t.numbers)] }
