// Package enum names the constants of integer types.
package enum

import "fmt"

// Name is the name of constant i of a type, or the type and its number, as "role(7)", if it has none.
func Name[T ~int](kind string, i T, names ...string) string {
	if i < 0 || int(i) >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, int(i))
	}
	return names[i]
}
