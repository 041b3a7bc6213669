package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// stores reads the custom key stores.
func (r *reader) stores(ctx context.Context) error {
	seen := r.c.Once("kms.custom_key_store")
	p := kms.NewDescribeCustomKeyStoresPaginator(r.kms, &kms.DescribeCustomKeyStoresInput{})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.c.Incomplete(err, "kms.custom_key_store")
			return ctx.Err()
		}
		nameless := false
		for _, s := range page.CustomKeyStores {
			id := aws.ToString(s.CustomKeyStoreId)
			if id == "" {
				nameless = true
				continue
			}
			if !seen.First(id, page.ResultMetadata) {
				continue
			}
			rec := r.store(id, s)
			r.c.Read(&rec.Meta, page.ResultMetadata)
			for _, f := range []struct{ field, member, value string }{{"type", "CustomKeyStoreType", rec.Type}, {"connection_state", "ConnectionState", rec.ConnectionState}} {
				if f.value == "" {
					r.c.Half(page.ResultMetadata, describeCustomKeyStores, "MissingMember", "AWS described the key store without "+f.member, &rec.Meta, []string{f.field})
				}
			}
			if err := r.c.Emit(rec); err != nil {
				return err
			}
		}
		if nameless {
			r.c.Half(page.ResultMetadata, describeCustomKeyStores, "MissingMember", "a key store was described without its id", nil, nil, "kms.custom_key_store")
		}
		r.endless(page.Truncated, page.NextMarker, page.ResultMetadata, describeCustomKeyStores, nil, nil, "kms.custom_key_store")
	}
	return nil
}

func (r *reader) store(id string, s types.CustomKeyStoresListEntry) *KeyStore {
	rec := &KeyStore{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/" + id), StoreID: id, Name: aws.ToString(s.CustomKeyStoreName),
		Type: string(s.CustomKeyStoreType), ConnectionState: string(s.ConnectionState), ConnectionError: cell.Text(s.ConnectionErrorCode),
		CloudHSMClusterID: s.CloudHsmClusterId, Created: cell.UTC(s.CreationDate)}
	if s.TrustAnchorCertificate != nil {
		rec.TrustAnchorSHA256 = cell.Text(evidence.Sum([]byte(*s.TrustAnchorCertificate)).String())
	}
	if x := s.XksProxyConfiguration; x != nil {
		rec.ProxyConnectivity, rec.ProxyEndpoint, rec.ProxyPath, rec.VPCEndpoint = cell.Text(x.Connectivity), x.UriEndpoint, x.UriPath, x.VpcEndpointServiceName
	}
	return rec
}
