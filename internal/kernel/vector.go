package kernel

import "unsafe"

// A function is computed element by element from one or two inputs and, in scale and the slope of ELU,
// from a number.
type function int

const (
	fnAdd function = iota
	fnSub
	fnMul
	fnDiv
	fnScale
	fnRelu
	fnReluBackward
	fnRectifyBackward
	fnDropoutBackward
	fnTanhBackward
	fnSigmoidBackward
	fnExp
	fnSigmoid
	fnSilu
	fnSiluBackward
	fnEluBackward
	fnTanh
	fnErf
	fnErfBackward
	fnGelu
	fnGeluBackward
	fnGeluTanh
	fnGeluTanhBackward
	numFunctions
)

// block is the number of elements that a vector kernel computes at once.
func block[T Float]() int { return 64 / int(unsafe.Sizeof(T(0))) }

// is32 tells the two types apart without boxing.
func is32[T Float]() bool { return unsafe.Sizeof(T(0)) == 4 }

// as32 and as64 are pointers to the same element.
func as32[T Float](p *T) *float32 { return (*float32)(unsafe.Pointer(p)) }
func as64[T Float](p *T) *float64 { return (*float64)(unsafe.Pointer(p)) }

// first is the address of the first element; nil for an empty slice.
func first[T Float](x []T) *T { return unsafe.SliceData(x) }

// An update is an optimiser's arithmetic.
type update int

const (
	upSgd update = iota
	upMomentum
	upNesterov
	upAdam
	upAdamw
	upRmsprop
	upRmspropMomentum
	upAdagrad
	upLion
	upLars
	upDirection
	upMerge
	numUpdates
)

// memories is the number of arrays that each update remembers and changes.
var memories = [numUpdates]int{
	upMomentum: 1, upNesterov: 1, upAdam: 2, upAdamw: 2, upRmsprop: 1, upRmspropMomentum: 2, upAdagrad: 1, upLion: 1, upLars: 1, upMerge: 1,
}
