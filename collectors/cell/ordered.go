package cell

import (
	"context"
	"iter"
	"sync"
)

// Workers is how many items of one cell are worked on at once. Rates are kept by the tape, not by this number.
const Workers = 16

// Ordered does work on every item, several at once, and hands the results to done one at a time in the order of the items, so that
// records come out in AWS's order however the answers raced. At most a few hundred items are in hand at any moment.
// It ends early when done fails or ctx ends.
func Ordered[T, R any](ctx context.Context, items iter.Seq[T], work func(context.Context, T) R, done func(R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type slot struct {
		item   T
		result chan R
	}
	jobs := make(chan slot)
	line := make(chan slot, Workers*8)
	var wg sync.WaitGroup
	for range Workers {
		wg.Go(func() {
			for s := range jobs {
				s.result <- work(ctx, s.item)
			}
		})
	}
	go func() {
		defer close(line)
		defer close(jobs)
		for item := range items {
			s := slot{item, make(chan R, 1)}
			select {
			case line <- s:
			case <-ctx.Done():
				return
			}
			select {
			case jobs <- s:
			case <-ctx.Done():
				close(s.result)
				return
			}
		}
	}()
	var failed error
	for s := range line {
		if failed != nil {
			continue
		}
		r, ok := <-s.result
		if !ok {
			break
		}
		if failed = done(r); failed != nil {
			cancel()
		}
	}
	wg.Wait()
	if failed == nil {
		failed = ctx.Err()
	}
	return failed
}
