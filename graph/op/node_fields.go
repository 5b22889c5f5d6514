package op

import (
	"reflect"

	"gorgonia.org/gorgonia"
)

// Fields of Gorgonia's nodes that it does not export. A version without a field behaves as if it was empty.
var (
	clusterField, hasClusterField = reflect.TypeFor[gorgonia.Node]().FieldByName("group")
	groupsField, hasGroupsField   = reflect.TypeFor[gorgonia.Node]().FieldByName("groups")
)

// DrawnByGrad reports whether gorgonia.Grad has drawn a node as the gradient of an operand.
func DrawnByGrad(n *gorgonia.Node) bool {
	if !hasClusterField || clusterField.Type.Kind() != reflect.String {
		return false
	}
	cluster := reflect.ValueOf(n).Elem().FieldByIndex(clusterField.Index).String()
	return cluster == "gradients" || cluster == "undifferentiated nodes"
}

// inGroup reports whether a function of Gorgonia's, such as "Convolution", has drawn a node as a part of what it gives.
func inGroup(n *gorgonia.Node, function string) bool {
	if n == nil || !hasGroupsField || groupsField.Type.Kind() != reflect.Slice {
		return false
	}
	groups := reflect.ValueOf(n).Elem().FieldByIndex(groupsField.Index)
	for i := range groups.Len() {
		if name := reflect.Indirect(groups.Index(i)).FieldByName("Name"); name.Kind() == reflect.String && name.String() == function {
			return true
		}
	}
	return false
}
