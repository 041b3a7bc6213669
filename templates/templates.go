// Package templates embeds the words and looks of what auditseal writes: fonts, narrative, names of columns, and the files that start it on
// schedule. It holds no other Go.
package templates

import "embed"

// FS holds the files of this folder by their paths below it.
//
//go:embed EXTRACT.txt.tmpl README.txt.tmpl audit.yaml fonts/*.ttf fonts/OFL.txt report/*.yaml schedule/* workbook/*.yaml
var FS embed.FS
