#pragma once

#include "append_batch.hpp"
#include "log_state.hpp"

#include <foldline/core/append_request.hpp>
#include <foldline/core/event_type_table.hpp>
#include <foldline/projections/inline_projector.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Stores writes with recorded times and ids of the past, many in one transaction.
///
/// confined. After a failure only destroyed: what was not committed is undone.
class import_writer {
public:
    /// `reading` is of the same file.
    import_writer(database& file, const event_store& reading, const event_store_options& options);

    /// A schema that the file is to have of its type once the next event of that is stored; oldest first.
    void add(const event_schema& schema);

    /// Throws `invalid_request` for a write that the store refuses.
    void store(stream_write write, ids_from ids, timestamp recorded_at);
    void commit();

    /// In the transaction that is not committed yet.
    [[nodiscard]] std::size_t pending_events() const { return begun_ ? begun_->events : 0; }
    [[nodiscard]] std::size_t pending_bytes() const { return begun_ ? begun_->bytes : 0; }

private:
    struct begun_transaction {
        explicit begun_transaction(import_writer& owner);
        write_lease lease;
        transaction change;
        append_batch batch;
        std::size_t events = 0;
        std::size_t bytes = 0;
    };

    [[nodiscard]] std::vector<event_schema>& missing_schemas_of(event_type type);
    void store_schemas(event_type type, global_position first);

    database& file_;
    stream_tail tail_;
    log_state state_;
    event_type_table types_;
    inline_projector no_projections_;
    std::vector<std::vector<event_schema>> missing_schemas_;  // by type
    std::optional<begun_transaction> begun_;
};

}  // namespace foldline::inline v0::sqlite
