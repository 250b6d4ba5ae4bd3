# SPDX-License-Identifier: Apache-2.0
set(PROVSCAN_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
  -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wconversion -Wno-sign-conversion
  -Wimplicit-fallthrough -Wnull-dereference -fno-common -fstack-protector-strong)
if(PROVSCAN_WERROR)
  list(APPEND PROVSCAN_WARNINGS -Werror)
endif()
