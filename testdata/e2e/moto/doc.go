// Package moto runs the real auditseal against moto, an independent stand-in for AWS that nobody here wrote. What moto holds must
// come out in the records field by field; what moto does not implement must come out as a gap, and nothing else may.
//
// The framework everything.yaml, which the tests write, asks for every test there is, so that every collector runs. Between auditseal and
// moto stands a proxy, which gives three answers of moto's the form that AWS documents and notes each request that auditseal sends: all
// of them must be reads. In the end the audit runs once more with moto enforcing IAM and only the printed policy allowed.
//
// TestSeal signs packs by keys that moto holds.
//
// The tests need a Python with moto[server], which AUDITSEAL_MOTO_PYTHON names. Without it they skip and say so, and fail where
// CI is true.
package moto
