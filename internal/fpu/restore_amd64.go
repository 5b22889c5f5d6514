package fpu

// Restore makes the thread compute with subnormal numbers as IEEE 754 specifies.
func Restore()
