# Warnings are errors for our own code; sanitizers by one cache variable; ccache where installed.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
add_compile_options(-Wall -Wextra -Wshadow -Werror -fno-omit-frame-pointer)
# g++ 12 gives false positives of these two at -O2 on standard library code.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-error=maybe-uninitialized -Wno-error=stringop-overflow
                      -Wno-error=array-bounds -Wno-error=restrict -Wno-error=dangling-pointer)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")  # fuzzing only; libstdc++ 12 deprecates its own helpers
  add_compile_options(-Wno-deprecated-declarations -Wno-missing-field-initializers)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
if(DOTMESH_SANITIZE)
  add_compile_options(-fsanitize=${DOTMESH_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DOTMESH_SANITIZE})
endif()
