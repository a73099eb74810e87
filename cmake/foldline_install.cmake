# What find_package(foldline) reads. The libraries and headers are installed by foldline_component().
include(CMakePackageConfigHelpers)

set(foldline_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/foldline")
set(foldline_proto_install_dir "${CMAKE_INSTALL_DATADIR}/foldline/proto")

get_property(names GLOBAL PROPERTY foldline_component_names)
set(FOLDLINE_COMPONENT_TABLE "set(_foldline_known ${names})\n")
foreach(name IN LISTS names)
    get_property(depends GLOBAL PROPERTY foldline_depends_of_${name})
    get_property(packages GLOBAL PROPERTY foldline_packages_of_${name})
    string(APPEND FOLDLINE_COMPONENT_TABLE
        "set(_foldline_depends_of_${name} ${depends})\nset(_foldline_packages_of_${name} ${packages})\n")
endforeach()
string(REPLACE ";" " " FOLDLINE_COMPONENT_TABLE "${FOLDLINE_COMPONENT_TABLE}")

configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/foldline-config.cmake.in" "${PROJECT_BINARY_DIR}/foldline-config.cmake"
    INSTALL_DESTINATION "${foldline_cmake_dir}"
    PATH_VARS foldline_proto_install_dir
    NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a minor version may break its users.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/foldline-config-version.cmake" COMPATIBILITY SameMinorVersion)

install(FILES
    "${PROJECT_BINARY_DIR}/foldline-config.cmake"
    "${PROJECT_BINARY_DIR}/foldline-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/foldline_protobuf.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/foldline_schema_history.cmake"
    DESTINATION "${foldline_cmake_dir}")
