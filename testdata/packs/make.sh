#!/usr/bin/env bash
# How a pack of this folder is made: make.sh OUT, from the top of the repository at the release whose pack it is to be. README.md says why
# that is done once a format and never again. It serves one account of the fictional organization, and a timestamp authority, on this machine.
set -euo pipefail
out=$(realpath -m "${1:?a folder that is not there yet}")
[ ! -e "$out" ] || { echo "$out is there already; packs of the past are never made again" >&2; exit 1; }
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
go build -o "$work/auditseal" ./cmd/auditseal
go build -o "$work/server" ./testdata/scenario/cmd/scenario-server
[ ! -d testdata/packs/tsa ] || go build -o "$work/tsa" ./testdata/packs/tsa
cd "$work"
./server -listen 127.0.0.1:38471 >env.sh &
sleep 2
. ./env.sh
mkdir manual
printf 'Minutes of the key ceremony of 3 September 2026.\n' >'manual/Schlüsselzeremonie.txt'
cat >audit.yaml <<'YAML'
organization: Example Corp
period: 2026-09
frameworks: [fips-cryptography]
scope:
  accounts: ["111122223333"]
  regions: [eu-west-1]
  role: AuditsealReadOnly
  external-id: example-corp-audit-2026
manual: manual
YAML
mkdir -p "$out"
if [ -x tsa ]; then
  ./tsa -listen 127.0.0.1:38472 -root tsa-root.pem &
  sleep 2
  ./auditseal keygen --organization 'Example Corp' --out keys/audit
  cat >>audit.yaml <<'YAML'
seal:
  key: keys/audit.pem
  certificate: keys/audit.crt.pem
  tsa: [http://127.0.0.1:38472/tsr]
  tsa-ca: tsa-root.pem
YAML
fi
./auditseal run --out pack --rate-share 0
cp pack.zip "$out/"
if [ -x tsa ]; then
  ./auditseal extract pack.zip --control FC-1 --control FC-2 --redact account,identity,id --out "$out/extract.zip"
  cp keys/audit.pub.pem tsa-root.pem "$out/"
  ./auditseal verify "$out/pack.zip" --rederive --key "$out/audit.pub.pem" --tsa-ca "$out/tsa-root.pem"
  ./auditseal verify "$out/extract.zip" --key "$out/audit.pub.pem" --tsa-ca "$out/tsa-root.pem"
else
  ./auditseal verify "$out/pack.zip" --rederive
fi
(cd "$out" && sha256sum ./*)
