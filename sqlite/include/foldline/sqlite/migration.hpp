#pragma once

#include <foldline/sqlite/connection.hpp>

#include <span>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// One step of a component's tables, from the version before to this one; the first goes from nothing to 1.
struct migration {
    int version;
    std::string_view script;
};

/// The version of a component's tables in this file; 0 if it has none.
[[nodiscard]] int component_version(connection& connection, std::string_view component);

/// Brings a component's tables to the last of `steps`, each in a transaction with its entry in
/// `foldline_components(name, version)`. Throws `incompatible_store` if the file is ahead of `steps`.
void migrate(connection& connection, std::string_view component, std::span<const migration> steps);

/// Throws `incompatible_store` unless the tables are at the last of `steps`: for files that are only read.
void require_migrated(connection& connection, std::string_view component, std::span<const migration> steps);
/// The same for whoever also reads what is older, from the version `oldest_read` on.
void require_migrated(connection& connection, std::string_view component, std::span<const migration> steps,
                      int oldest_read);

}  // namespace foldline::inline v0::sqlite
