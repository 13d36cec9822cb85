package trail

import (
	"errors"
	"iter"
)

// A puller asks for the values of a sequence one by one, beside other sequences.
type puller[T any] struct {
	pull  func() (pulled[T], bool)
	stop  func()
	ahead *pulled[T]
}

type pulled[T any] struct {
	value T
	err   error
}

var errStopped = errors.New("stopped")

// pull turns a reader that yields into one that is asked.
func pull[T any](read func(yield func(*T) error) error) *puller[T] {
	p := &puller[T]{}
	p.pull, p.stop = iter.Pull(func(yield func(pulled[T]) bool) {
		err := read(func(v *T) error {
			if !yield(pulled[T]{value: *v}) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(pulled[T]{err: err})
		}
	})
	return p
}

// peek gives the next value without taking it; ok is false at the end.
func (p *puller[T]) peek() (v *T, ok bool, err error) {
	if p.ahead == nil {
		next, ok := p.pull()
		if !ok {
			return new(T), false, nil
		}
		p.ahead = &next
	}
	return &p.ahead.value, p.ahead.err == nil, p.ahead.err
}

func (p *puller[T]) next() (v *T, ok bool, err error) {
	v, ok, err = p.peek()
	p.ahead = nil
	return v, ok, err
}
