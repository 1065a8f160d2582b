# SPDX-License-Identifier: GPL-2.0
#
# How a folder of suites is built. Its Makefile has set kselftest's lists, and
# includes this. In a kernel tree, where the folder is
# tools/testing/selftests/net/uvn/FOLDER, kselftest's lib.mk does the work;
# elsewhere the same lists are built by the few rules below. What suites of several
# folders use is built once, in lib, and installed beside the folder.

CFLAGS ?= -O2 -g
CFLAGS += -Wall -Wextra
LOCAL_HDRS := $(wildcard *.h ../lib/*.h)

ifneq ($(wildcard ../../../kselftest/runner.sh),)

# Behind the system's own headers, as only uvn.h is wanted from there.
CFLAGS += -idirafter $(top_srcdir)/include/uapi
include ../../../lib.mk

else

OUTPUT := $(CURDIR)
CFLAGS += -I../../uapi
TEST_GEN_FILES := $(addprefix $(OUTPUT)/,$(TEST_GEN_FILES))

all: $(TEST_GEN_FILES)

$(OUTPUT)/%: %.c $(LOCAL_HDRS)
	$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(LDLIBS)

run_tests: all
	../../scripts/ci/all.sh $(basename $(TEST_PROGS))

clean:
	rm -f $(TEST_GEN_FILES)

.PHONY: all run_tests clean

endif

ifneq ($(notdir $(CURDIR)),lib)

all: shared
shared:
	@mkdir -p $(OUTPUT)/../lib
	@$(MAKE) -s -C ../lib OUTPUT=$(OUTPUT)/../lib

install: install-shared
install-shared: shared
	@$(MAKE) -s -C ../lib install OUTPUT=$(OUTPUT)/../lib INSTALL_PATH=$(INSTALL_PATH)/../lib

.PHONY: shared install-shared

endif
