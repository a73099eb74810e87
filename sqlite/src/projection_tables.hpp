#pragma once

#include <foldline/projections/projection.hpp>
#include <foldline/sqlite/connection.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// The tables of the users' projections in one file, and which of them is whose: `registry` is the table of foldline's
/// own, with the columns `name` and `projection`, that says so.
///
/// confined, like its connection. The members that change something are called inside a transaction.
class projection_tables {
public:
    projection_tables(connection& db, std::string registry) : db_(db), registry_(std::move(registry)) {}

    /// The names of the projection's tables.
    [[nodiscard]] std::vector<std::string> of(std::string_view projection);

    /// Throws `definition_error` if the projection wants a table that is there and is not its own.
    void require_free(const projection& projection);
    void drop(std::string_view projection);
    /// Throws `definition_error` unless the statements make their tables, and nothing beside them.
    void make(const projection& projection);
    /// Takes a table that was made otherwise into the registry.
    void record(std::string_view table, std::string_view projection);

private:
    struct object {
        std::string name;
        std::string table;  // that it belongs to; a table belongs to itself
        friend auto operator<=>(const object&, const object&) = default;
    };
    [[nodiscard]] std::vector<object> objects();
    [[nodiscard]] std::string owner_of(std::string_view table);
    [[nodiscard]] bool exists(std::string_view table);
    void make(const projection& projection, const read_model_table& table);

    connection& db_;
    std::string registry_;
};

}  // namespace foldline::inline v0::sqlite
