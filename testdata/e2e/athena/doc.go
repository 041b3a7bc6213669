// Package athena asks a real engine what auditseal asks Amazon Athena. Trino, from which Athena's third engine is made, reads generated
// delivery files through the very table definition that auditseal prints; three things differ from Athena, and engine_test.go holds them: the
// definition is put into Trino's own catalog file, s3:// is a folder, and Trino's reader of JSON is not the one of Hive.
package athena
