//go:build !amd64

package blocked

import "github.com/gradflow/gradflow/internal/kernel"

// On other processors everything is plain Go.

// widest is the number of blocks in a tile.
func widest[T kernel.Float](_, _, _ int) int { return 1 }

// widestTile is the largest number of pixels in a tile of some blocks.
func widestTile[T kernel.Float](int, bool) int { return 64 }

func (t *tile[T]) run(_ *kernel.Flushed, width, pixels int) { t.portable(width, pixels) }

func (o *outer[T]) run(_ *kernel.Flushed, width int) { o.portable(width) }

func (o *outer[T]) runShifted(*kernel.Flushed) { o.portableShifted() }

func (o *outer[T]) runPlanes(_ *kernel.Flushed, width, taps int) { o.portablePlanes(width, taps) }

func (o *outer[T]) runPaired(_ *kernel.Flushed, taps int) { o.portablePaired(taps) }

// widestTaps is the largest number of taps in a sum.
func widestTaps[T kernel.Float]() int { return 9 }

// widestOuter is the largest number of blocks in a sum.
func widestOuter[T kernel.Float](int) int { return 2 }

func vectorMap[T kernel.Float](*kernel.Flushed, pixelMap, []T, []T, []T, []T, []T, grid) bool {
	return false
}

func vectorClaim[T kernel.Float](_, _, _, _ []T, _ int) bool { return false }

func vectorLargestQuads[T kernel.Float](_, _ []T, _ int) bool { return false }

func vectorClaimQuads[T kernel.Float](_, _, _ []T, _ int) bool { return false }

func vectorSum[T kernel.Float](*kernel.Flushed, pixelSum, *Sum, []T, []T, []T, []T) bool {
	return false
}
