#pragma once

#include "event_row.hpp"
#include "merged_rows.hpp"
#include "row_fetcher.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/core/event_type_table.hpp>
#include <foldline/sqlite/database.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Reads events over a connection of its own, and checks what it reads.
///
/// confined.
class event_reader {
public:
    /// `tail`: of a merged stream index; null with an immediate one.
    event_reader(const database& file, event_type_table& types, stream_tail* tail);

    page read(const read_query& query, batch_limit limit, event_sink sink);
    std::optional<earlier_append> find_append(const event_id& first);
    [[nodiscard]] global_position head();
    [[nodiscard]] std::vector<event_type> stored_types();
    [[nodiscard]] std::vector<event_schema> stored_schemas(event_type type);
    [[nodiscard]] connection& db() { return *db_; }

private:
    struct stream_name {
        std::int64_t stream = 0;
        std::string category;
        std::string id;
        std::uint64_t hash = 0;

        [[nodiscard]] stream_ref ref() const { return {category, id}; }
    };
    struct known_type {
        event_type type;
        event_type_id id;
        std::uint64_t hash;
    };
    class run;

    /// The query that walks over the events, not bound yet.
    statement& rows_of(const read_query& query);
    /// The names behind a stream's number. Lives until the next call.
    const stream_name& name_of(std::int64_t stream);
    /// The type behind a number of the file; null if the file has none.
    const known_type* type_at(std::int64_t row);
    void read_types();

    std::unique_ptr<connection> db_;
    row_fetcher fetcher_;
    std::optional<merged_rows> merged_;
    event_type_table& types_;
    std::array<statement*, 8> rows_{};  // by kind, so that a short read need not look for its text
    std::vector<std::optional<known_type>> type_rows_;
    std::vector<stream_name> names_;
    row_checksum checksum_;
};

}  // namespace foldline::inline v0::sqlite
