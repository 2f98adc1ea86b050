# Tally: the nginx module and the tally command.  `make help` lists the targets.

NGINX_SRC  ?= /usr/share/nginx/src
BUILD      ?= build
PREFIX     ?= /usr/local
ZSH_SITE   ?= site-functions
CC         ?= cc
OPT        ?= -O2 -g
SANITIZE   ?=

WARNINGS    = -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wwrite-strings \
              -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wundef
DEFINES    := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
CPPFLAGS   += $(DEFINES) -Isrc/core -Isrc/sign -Isrc/scan -Isrc/cli
CFLAGS     ?= -fstack-protector-strong
ALL_CFLAGS  = -std=c11 $(OPT) $(WARNINGS) $(CFLAGS) $(SANITIZE)

# what each layer links, by pkg-config name
core_PKGS   = libcrypto jansson libcrypt libpcre2-8 yaml-0.1
sign_PKGS   = $(core_PKGS) libsodium
scan_PKGS   = $(core_PKGS) libarchive libzstd zlib rpm sqlite3 expat \
              $(shell pkg-config --exists libisal && echo libisal)
cli_PKGS    = $(sign_PKGS) $(scan_PKGS) libcurl libssl

read        = $(addprefix src/$(1)/,$(shell cat src/$(1)/sources 2>/dev/null))
core_SRC   := $(call read,core)
sign_SRC   := $(call read,sign)
scan_SRC   := $(call read,scan)
cli_SRC    := $(call read,cli)
ALL_SRC    := $(core_SRC) $(sign_SRC) $(scan_SRC) $(cli_SRC)

objects     = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(1))
LIB         = $(BUILD)/libtally.a
LIB_SRC    := $(core_SRC) $(sign_SRC) $(scan_SRC)
CLI_LIB     = $(BUILD)/libcli.a
CLI_SRC    := $(filter-out src/cli/main.c,$(cli_SRC))

PKG_CFLAGS := $(shell pkg-config --cflags $(sort $(cli_PKGS)) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(sort $(cli_PKGS)) 2>/dev/null)

# what is loaded when first needed (src/core/oci_late.h), by its soname
soname      = $(shell objdump -p "$$($(CC) -print-file-name=lib$(1).so)" \
                2>/dev/null | sed -n 's/^ *SONAME *//p')
DEFINES    += -DTALLY_LIBCURL='"$(call soname,curl)"'
DEFINES    += -DTALLY_LIBARCHIVE='"$(call soname,archive)"'
DEFINES    += -DTALLY_LIBRPM='"$(call soname,rpm)"'
DEFINES    += $(shell pkg-config --exists libisal && echo -DTALLY_HAVE_ISAL=1)

UNIT_SRC   := $(wildcard t/unit/*.c)
UNIT       := $(patsubst t/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))
FUZZ_SRC   := $(wildcard t/fuzz/*.c)
FUZZ       := $(patsubst t/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))

.PHONY: all module cli unit fuzz test lint bench install install-share man late \
        deb flags clean help

all: module cli                 ## the module and the command

module:                         ## build/ngx_http_registry_module.so for NGINX_SRC
	@.ci/build-module "$(NGINX_SRC)" "$(BUILD)"

cli: $(BUILD)/tally             ## build/tally

unit: $(UNIT)                   ## unit test programs (TAP) in build/unit

fuzz: $(FUZZ)                   ## libFuzzer programs in build/fuzz (clang)

test: all                       ## every test, as t/run
	t/run

lint:                           ## style, layer and warning checks
	.ci/lint

bench: all                      ## side-by-side measurements
	t/bench/run

install: all                    ## module, command and samples below PREFIX
	install -D -m 755 $(BUILD)/tally $(DESTDIR)$(PREFIX)/bin/tally
	install -D -m 644 $(BUILD)/ngx_http_registry_module.so \
	    $(DESTDIR)$(shell nginx -V 2>&1 | sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p')/ngx_http_registry_module.so
	$(MAKE) -s install-share SHARE=$(DESTDIR)$(PREFIX)/share

install-share: man              ## manual pages and completion below SHARE
	@mkdir -p $(SHARE)/man/man1
	install -m 644 $(BUILD)/man/*.1 $(SHARE)/man/man1
	@for shell in bash:bash-completion/completions/tally \
	    zsh:zsh/$(ZSH_SITE)/_tally fish:fish/vendor_completions.d/tally.fish; do \
	    mkdir -p "$$(dirname "$(SHARE)/$${shell#*:}")" \
	    && $(BUILD)/tally completion $${shell%%:*} > "$(SHARE)/$${shell#*:}" \
	    || exit 1; done

man: $(BUILD)/tally             ## manual pages in build/man
	@mkdir -p $(BUILD)/man
	@$(BUILD)/tally help --man > $(BUILD)/man/tally.1
	@for verb in $$(sed -n 's/^\.BR tally\\-\(.*\) (1)/\1/p' \
	    $(BUILD)/man/tally.1 | tr -d '\\'); do \
	    $(BUILD)/tally help --man $$verb > $(BUILD)/man/tally-$$verb.1; done

late:                           ## the libraries that are loaded when needed, by path
	@printf '%s\n' $(foreach l,curl archive rpm,$(realpath \
	    $(shell $(CC) -print-file-name=$(call soname,$(l)))))

deb:                            ## Debian packages in build/deb
	@.ci/build-deb "$(BUILD)"

flags:                          ## what the C compiler is told, quoted for a shell
	@echo '$(subst ','\'',-std=c11 $(CPPFLAGS) $(PKG_CFLAGS))'

clean:                          ## remove build/
	rm -rf $(BUILD)

help:                           ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## */\1\t/p' Makefile | expand -t 12

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call objects,$(LIB_SRC))
	rm -f $@ && ar rcs $@ $^

$(CLI_LIB): $(call objects,$(CLI_SRC))
	rm -f $@ && ar rcs $@ $^

$(BUILD)/tally: $(BUILD)/obj/cli/main.o $(CLI_LIB) $(LIB)
	$(CC) $(SANITIZE) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(PKG_LIBS) -lpthread

$(BUILD)/unit/%: t/unit/%.c $(wildcard t/unit/*.h) $(CLI_LIB) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -It/unit $(PKG_CFLAGS) $(ALL_CFLAGS) -o $@ $< $(CLI_LIB) \
	    $(LIB) $(PKG_LIBS) -lpthread

# the library once, with the fuzzer's marks
FUZZ_FLAGS  = -std=c11 -O1 -g -Wall -fsanitize=address,undefined
FUZZ_LIB    = $(BUILD)/fuzz-obj/libtally.a

$(BUILD)/fuzz-obj/%.o: src/%.c
	@mkdir -p $(@D)
	clang $(CPPFLAGS) $(PKG_CFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link \
	    -c -o $@ $<

$(FUZZ_LIB): $(patsubst src/%.c,$(BUILD)/fuzz-obj/%.o,$(LIB_SRC) \
                  $(CLI_SRC))
	rm -f $@ && ar rcs $@ $^

$(BUILD)/fuzz/%: t/fuzz/%.c $(wildcard t/fuzz/*.h t/unit/*.h) $(FUZZ_LIB)
	@mkdir -p $(@D)
	clang $(CPPFLAGS) $(PKG_CFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $< \
	    $(FUZZ_LIB) $(PKG_LIBS) -lpthread

-include $(patsubst %.o,%.d,$(call objects,$(ALL_SRC)))
