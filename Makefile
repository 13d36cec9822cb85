# agenttrail. "make help" lists the targets.

# The version comes from git where there is a tag, else it is the commit; without git it is "devel".
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    := 30s

.DEFAULT_GOAL := help
.PHONY: help build demo test check fmt vet staticcheck race bench fuzz pdfcheck samples

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

build: ## bin/agenttrail, static; the same bytes from the same source and version
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-X main.version=$(VERSION)' -o bin/agenttrail ./cmd/agenttrail

demo: build ## the demo company: its trail and its reports, in ./demo or DIR=...
	bin/agenttrail demo $(DIR)

test: ## every test, with real servers: Elasticsearch, S3, veraPDF (scripts/test.sh)
	scripts/test.sh

check: fmt vet staticcheck race ## what must hold before a change goes up; no servers

fmt: ## every Go file as gofmt writes it
	@out=$$(gofmt -l .) && test -z "$$out" || { echo "gofmt -w these:"; echo "$$out"; exit 1; }

vet: ## go vet
	go vet ./...

staticcheck: ## staticcheck, at the version above
	go run $(STATICCHECK) ./...

race: ## the short tests with the race detector (needs a C compiler)
	go test -race -short ./...

bench: ## every benchmark
	@scripts/each.sh Benchmark | while read -r package names; do \
		go test -run '^$$' -bench . -benchmem "$$package" || exit 1; done

fuzz: ## every fuzz target for FUZZTIME
	@scripts/each.sh Fuzz | while read -r package names; do for name in $$names; do \
		echo "$$package $$name"; go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$package" || exit 1; done; done

samples: ## docs/samples anew: a report of each kind about the demo quarter
	go test ./cmd/agenttrail -run '^TestSamples$$' -update

pdfcheck: ## PDF/A-3a and PDF/UA-1 by veraPDF: make pdfcheck FILES="a.pdf b.pdf"
	@test -n "$(FILES)" || { echo 'which files? make pdfcheck FILES="a.pdf b.pdf"'; exit 2; }
	scripts/verapdf.sh $(FILES)
