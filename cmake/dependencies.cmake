# SPDX-License-Identifier: Apache-2.0
#
# Everything provscan links, found once. Debian names are in .ci/packages, reasons in README.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(libcjson REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(libcrypto REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(libxxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(libmagic REQUIRED IMPORTED_TARGET libmagic)
pkg_check_modules(libisal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(libzstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(liblzma REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(liblz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(libhs REQUIRED IMPORTED_TARGET libhs)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(libseccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(uchardet REQUIRED IMPORTED_TARGET uchardet)
find_package(BZip2 REQUIRED)

add_library(provscan_dependencies INTERFACE)
target_link_libraries(provscan_dependencies INTERFACE
  PkgConfig::libarchive PkgConfig::libcjson PkgConfig::libcrypto PkgConfig::libxxhash
  PkgConfig::libmagic PkgConfig::libisal PkgConfig::libzstd PkgConfig::liblzma PkgConfig::liblz4
  PkgConfig::libhs PkgConfig::sqlite3 PkgConfig::libseccomp PkgConfig::uchardet BZip2::BZip2
  Threads::Threads m)
