# SPDX-License-Identifier: GPL-2.0
# uvn: module, tool, tests. `make help` lists what there is.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNELS ?= 6.1
KERNEL ?= 6.1
MINUTES ?= 30
COUNT ?= 1000000
SEED ?=
DESTDIR ?=
PREFIX ?= /usr/local
UVN_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/uvn
DEBDIR ?= $(UVN_CACHE)/packages

version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
dkms_src := $(DESTDIR)/usr/src/uvn-$(version)
dkms_files = Kbuild dkms.conf \
	$(shell find kmod uapi -name '*.[ch]' ! -name '*.mod.c' ! -name '.*')
vm := selftests/vm

all: modules tools

modules: ## uvn.ko at the top, for the kernel tree KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools: ## tools/uvnadm
	$(MAKE) -C tools

selftests: ## the programs of the suites
	$(MAKE) -C selftests

install: tools ## tool, man page, completion and unit; the module if it is built
	$(MAKE) -C tools install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	@if [ -f uvn.ko ]; then \
		$(MAKE) -C $(KDIR) M=$(CURDIR) \
			INSTALL_MOD_PATH=$(DESTDIR) modules_install; \
	else \
		echo "uvn.ko is not built: make modules, or make dkms-install"; \
	fi
	@echo "With Secure Boot the module must be signed with a key that the machine"
	@echo "trusts: $(KDIR)/scripts/sign-file sha256 KEY CERT uvn.ko"

dkms-install: ## the module for every installed kernel, now and later
	@[ -n "$(DESTDIR)" ] || [ -n "$(wildcard /lib/modules/*/build/Makefile)" ] || \
		{ echo "no kernel headers are installed (linux-headers-amd64)"; exit 1; }
	$(if $(DESTDIR),,dkms remove -m uvn -v $(version) --all >/dev/null 2>&1 || :)
	rm -rf $(dkms_src)
	install -d $(dkms_src)
	cp --parents --preserve=timestamps $(dkms_files) $(dkms_src)
ifeq ($(DESTDIR),)
	dkms add -m uvn -v $(version)
	for build in $(wildcard /lib/modules/*/build); do \
		dkms install -m uvn -v $(version) \
			-k $$(basename $$(dirname $$build)) || exit; \
	done
endif

deb: ## Debian packages uvn-dkms and uvnadm, into DEBDIR
	scripts/deb.sh $(DEBDIR)

uninstall: ## undo install and dkms-install
	$(MAKE) -C tools uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(if $(DESTDIR),,-dkms remove -m uvn -v $(version) --all)
	rm -rf $(dkms_src)
	rm -f $(DESTDIR)/lib/modules/*/updates/uvn.ko*
	-$(if $(DESTDIR),,depmod -a)

prerequisites:
	@scripts/ci/prerequisites.sh

demo: prerequisites tools selftests ## see the main job done, in a guest
	$(vm)/kernels.sh -q $(KERNEL)
	$(vm)/kernels.sh --modules $(KERNEL) $(CURDIR)
	$(vm)/vm.sh -k $(KERNEL) -- bash scripts/ci/demo.sh

check: prerequisites ## all suites, on KERNELS
	scripts/ci/prerequisites.sh cluster
	$(MAKE) tools selftests
	scripts/ci/run.sh $(KERNELS)

# All that there is, whatever fails: check is the last, and tells what ran where.
check-all: ## lint, packages, newcomer, bench, and all suites on all kernels
	@status=0; \
	for target in lint package-check newcomer bench check; do \
		$(MAKE) $$target KERNELS="6.1 6.12 7.2 debug" || status=1; \
	done; \
	exit $$status

soak: prerequisites tools selftests ## random events for MINUTES, on the debug kernel
	$(vm)/kernels.sh -q debug
	$(vm)/kernels.sh --modules debug $(CURDIR) UVN_KUNIT=1
	$(vm)/vm.sh -k debug -t $$(($(MINUTES) * 60 + 1800)) -- \
		env UVN_MINUTES=$(MINUTES) bash scripts/ci/all.sh soak

stress: prerequisites tools selftests ## all at once for MINUTES, on four CPUs at the same time
	$(vm)/kernels.sh -q $(KERNEL)
	$(vm)/kernels.sh --modules $(KERNEL) $(CURDIR)
	$(vm)/vm.sh -p -k $(KERNEL) -m 3G -t $$(($(MINUTES) * 60 + 1800)) -- \
		env UVN_SECONDS=$$(($(MINUTES) * 60)) bash scripts/ci/all.sh stress

fuzz: prerequisites tools selftests ## COUNT packets and messages of all kinds, debug kernel
	$(vm)/kernels.sh -q debug
	$(vm)/kernels.sh --modules debug $(CURDIR) UVN_KUNIT=1
	$(vm)/vm.sh -k debug -t 14400 -- env UVN_COUNT=$(COUNT) \
		UVN_SEED=$(SEED) bash scripts/ci/all.sh fuzz

bench: prerequisites tools selftests ## what users' networks cost, in instructions
	$(vm)/kernels.sh -q $(KERNEL)
	$(vm)/kernels.sh --modules $(KERNEL) $(CURDIR)
	$(vm)/vm.sh -i -c 1 -k $(KERNEL) -t 3600 -- bash selftests/bench/bench.sh

growth: prerequisites tools selftests ## how that grows with users, remotes and CPUs
	$(vm)/kernels.sh -q $(KERNEL)
	$(vm)/kernels.sh --modules $(KERNEL) $(CURDIR)
	$(vm)/vm.sh -i -c 1 -k $(KERNEL) -m 4G -t 3600 -- bash selftests/bench/growth.sh
	@status=0; for cpus in 64 192; do \
		$(vm)/vm.sh -i -c 1 -k $(KERNEL) -t 1200 -a possible_cpus=$$cpus -- \
			bash selftests/bench/growth.sh memory || status=1; \
	done; exit $$status

mesh: prerequisites tools selftests ## how it is when all of 16 nodes talk to each other
	$(vm)/kernels.sh -q $(KERNEL)
	$(vm)/kernels.sh --modules $(KERNEL) $(CURDIR)
	$(vm)/vm.sh -i -c 1 -k $(KERNEL) -m 3G -t 3600 -- bash selftests/bench/mesh.sh

profile: prerequisites tools selftests ## where the instructions of a round trip go
	$(vm)/kernels.sh -q $(KERNEL)
	$(vm)/kernels.sh --modules $(KERNEL) $(CURDIR)
	$(vm)/vm.sh -i -c 1 -k $(KERNEL) -t 3600 -- bash selftests/bench/profile.sh $(WHAT)

lint: prerequisites tools ## what can be said about the sources without running them
	scripts/ci/lint.sh

package-check: ## packages and DKMS, in a clean root of the release
	scripts/ci/prerequisites.sh package
	scripts/ci/package.sh

newcomer: prerequisites selftests ## what quickstart.rst says, as it says it, in a guest
	scripts/ci/prerequisites.sh package
	scripts/ci/newcomer.sh

shell: prerequisites tools selftests ## a root shell in a guest with KERNEL
	$(vm)/kernels.sh --modules $(KERNEL) $(CURDIR)
	$(vm)/vm.sh --shell -k $(KERNEL)

release-check: ## whether dkms.conf, NEWS, tag and packages say the same version
	@scripts/release-check.sh
.PHONY: release-check

clean: ## remove what was built here
	$(MAKE) -C tools clean
	$(MAKE) -C selftests clean
	rm -f uvn.ko uvn.o uvn.mod uvn.mod.c uvn.mod.o .uvn.* .module-common.o \
		modules.order Module.symvers .modules.order.cmd .Module.symvers.cmd
	find kmod \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name '.*.o.d' \) -delete

help:
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 19
	@echo "KDIR=DIR for modules; KERNELS=\"6.1 6.12 7.2 debug\" for check;"
	@echo "KERNEL=6.1 for demo and shell; DESTDIR and PREFIX for install;"
	@echo "DEBDIR=DIR for deb;"
	@echo "MINUTES=30 for soak and stress; COUNT=1000000 for fuzz, SEED=N for the same again;"
	@echo "WHAT=\"rr REMOTE 5000 20000 1\" for profile, as uvn_bench has it."

.PHONY: all modules tools selftests install dkms-install deb uninstall \
	prerequisites demo check check-all soak stress fuzz bench growth mesh profile lint package-check \
	newcomer shell clean help
