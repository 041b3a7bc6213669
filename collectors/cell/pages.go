package cell

import "context"

// A Paginator is any of the SDK's.
type Paginator[O, P any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*P)) (*O, error)
}

// Pages follows a paginator to its end and hands every page to use. Where a page can't be had, failed is told why, and must tell the
// cell what is not whole because of it; the pages before it stand. The error is use's, or that of ctx.
func Pages[O, P any](ctx context.Context, p Paginator[O, P], failed func(error), use func(*O) error) error {
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			failed(err)
			return ctx.Err()
		}
		if err := use(page); err != nil {
			return err
		}
	}
	return nil
}
