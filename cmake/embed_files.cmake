# cmake -DOUT=file.cc -DFOLDER=web/dist -P embed_files.cmake
# Writes the files of the status page into a C++ source as arrays of octets; src/observe/status_page.cc names them.
set(text "// Made from ${FOLDER} by cmake/embed_files.cmake.\n#include <string_view>\n\nnamespace dotmesh::observe::embedded {\n")
foreach(pair "IndexHtml:index.html" "AppJs:app.js" "AppCss:app.css" "IconSvg:icon.svg")
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 name)
  list(GET pair 1 file)
  file(READ "${FOLDER}/${file}" octets HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" octets "${octets}")
  string(APPEND text "namespace {\nconstexpr char k${name}Octets[] = \"${octets}\";\n}\n"
                     "extern const std::string_view k${name};\n"
                     "constinit const std::string_view k${name}(k${name}Octets, sizeof k${name}Octets - 1);\n")
endforeach()
string(APPEND text "}  // namespace dotmesh::observe::embedded\n")
file(WRITE "${OUT}" "${text}")
