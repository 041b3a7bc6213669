// Command tsa serves the timestamp authority of the tests, for packs of the past (make.sh). Its keys are made when it starts and never written
// down; it is no authority to be relied on.
package main

import (
	"crypto/rand"
	"flag"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/auditseal/auditseal/report/seal/sealtest"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on")
	root := flag.String("root", "tsa-root.pem", "file to write the root certificate to")
	flag.Parse()
	tsa, err := sealtest.Start(rand.Reader, time.Now)
	if err == nil {
		err = os.WriteFile(*root, sealtest.PEM(tsa.Root.Certificate), 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(*address, tsa))
}
