package main

import (
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/reg"
	"github.com/pkg/errors"
)

// The instruction sets that a kernel may use, as avo names them: those that package kernel tests the processor for, and those of
// all amd64 processors.
var (
	narrowSets = []string{"AVX", "AVX2", "FMA3", "CMOV", "SSE"}
	wideSets   = append([]string{"AVX512F", "AVX512DQ", "AVX512BW", "AVX512VL"}, narrowSets...)
)

// checkLimits returns an error for a function that its processors cannot run. Without AVX-512 there are 16 vector registers, none
// of 512 bits, and no mask registers; avo allocates as if there were 32.
func checkLimits(f *ir.Function) error {
	wide, sets := strings.Contains(f.Name, archs[0].name), narrowSets
	if wide {
		sets = wideSets
	}
	for _, set := range f.ISA {
		if !slices.Contains(sets, set) {
			return errors.Errorf("%s: got instructions of %s, want those of %v", f.Name, set, sets)
		}
	}
	if wide {
		return nil
	}
	for _, i := range f.Instructions() {
		for _, r := range i.Registers() {
			if !isNarrow(r) {
				return errors.Errorf("%s: got register %s, want one of 16 that AVX2 has (make the function byHalves, or keep fewer values)", f.Name, r.Asm())
			}
		}
	}
	return nil
}

// isNarrow reports whether a processor without AVX-512 has a register.
func isNarrow(r reg.Register) bool {
	switch r.Kind() {
	case reg.KindOpmask:
		return false
	case reg.KindVector:
		p := reg.ToPhysical(r)
		return p != nil && p.PhysicalIndex() < 16 && p.Size() <= 32
	}
	return true
}
