# SPDX-License-Identifier: Apache-2.0
#
# embed.cmake: -DINPUT=file.sql -DOUTPUT=file.h -DNAME=identifier: a text as a C array of bytes, ended by a NUL.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "((0x..,){20})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUTPUT} "/* made by cmake/embed.cmake */\nstatic const char ${NAME}[] = {\n    ${bytes}0x00};\n")
