package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/templates"
)

func (a *app) init() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:     "init [-c audit.yaml]",
		Short:   "Write a commented audit.yaml",
		Long:    "Write an audit.yaml to fill in: every key with a word on what it means. A file that is there is left alone." + exitText,
		Example: "  auditseal init",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text, err := fs.ReadFile(templates.FS, auditFile)
			if err != nil {
				return err
			}
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return usage("name another file with -c", "%s is there already, and was left alone", file)
			}
			if err != nil {
				return usage("name a file in a folder that is there, and that you may write to, with -c", "%w", err)
			}
			_, err = f.Write(text)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			a.say("next: fill it in, then run auditseal plan")
			return a.print(map[string]any{"ok": true, "file": file}, file+"\n")
		},
	}
	auditFlag(c, &file)
	return c
}
