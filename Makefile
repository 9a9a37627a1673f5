# volley: make help lists the targets. Objects go to out/PROFILE, the program to ./volley.
CC ?= gcc
PROFILE ?= release
OUT := out/$(PROFILE)
PKGS := libpcre2-8 libuv jansson yaml-0.1

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations \
	-Wwrite-strings -Wundef -Wvla -Wformat=2 -Wpointer-arith -Wcast-qual -Wimplicit-fallthrough
ifneq ($(findstring clang,$(CC)),)
WARN += -Wmissing-variable-declarations
endif
OPT_release := -O2 -g
OPT_debug := -O1 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
OPT_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
OPT_clang := -O2 -g

CPPFLAGS += -Isrc -D_GNU_SOURCE -DVOLLEY_VERSION='"$(shell cat build/version)"'
CFLAGS += -std=gnu17 $(OPT_$(PROFILE)) -fvisibility=hidden $(WARN) -Werror \
	$(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS += -l:libhs.a $(shell pkg-config --libs $(PKGS) 2>/dev/null) \
	-Wl,-Bstatic -lstdc++ -Wl,-Bdynamic -lm -lpthread

SRC := $(wildcard src/*/*.c)
OBJ := $(SRC:src/%.c=$(OUT)/%.o)
LIB_OBJ := $(filter-out $(OUT)/cli/main.o,$(OBJ))

all: volley

volley: $(OUT)/volley
	cp -f $< $@

$(OUT)/volley: $(OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/%.o: src/%.c Makefile build/version
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJ:.o=.d)

clean:
	rm -rf out volley

.PHONY: all clean
