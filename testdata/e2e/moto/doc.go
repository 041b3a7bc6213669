// Package moto runs the real auditseal against moto, an independent stand-in for AWS that nobody here wrote. What moto holds must
// come out in the records field by field; what moto does not implement must come out as a gap, and nothing else may.
//
// The tests need a Python with moto[server], which AUDITSEAL_MOTO_PYTHON names. Without it they skip and say so, and fail where
// CI is true.
package moto
