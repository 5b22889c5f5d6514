// Package rivals holds the rules by which other tools judge gradients, as they were published, to compare them with
// vanishing.Diagnose on the same profiles:
//
//	for _, rule := range rivals.Rules() {
//		fmt.Println(rule.Tool, rule.Name, rule.Fires(profile).Fires)
//	}
//
// They are here for comparison and not for use. Each compares one number with a constant, and such numbers change with the
// loss, the batch and the widths: what they find in a network depends on things that do not matter to it.
//
// Most need a record's details. Where a profile does not hold what a rule asks for, the next best is taken and the rule's
// Note says so, or the result is not Known.
package rivals
