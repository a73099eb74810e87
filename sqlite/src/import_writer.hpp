#pragma once

#include "append_batch.hpp"
#include "log_state.hpp"

#include <foldline/core/append_request.hpp>
#include <foldline/core/event_type_table.hpp>
#include <foldline/projections/inline_projector.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/transaction.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>

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

    /// A schema that the file is to have of its type; oldest first. It is stored with the first event of the type that
    /// came from `first` or from behind it, and noted to have come with that one if it is the very one; 0: nobody noted
    /// which one that was. If nothing is said it is stored with the next event of the type.
    void add(const event_schema& schema, std::optional<global_position> first);
    /// An upcaster that the file is to keep once this is finished.
    void add(const declared_upcaster& step) { upcasters_.push_back(step); }

    /// `came_from`: where the first event stood. Throws `invalid_request` for a write that the store refuses.
    void store(stream_write write, ids_from ids, timestamp recorded_at, global_position came_from);
    void commit();
    /// Stores what is left, and commits.
    void finish();

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

    struct missing_schema {
        event_schema schema;
        std::optional<global_position> first;
    };
    /// An event, where it stands now and where it came from.
    struct moved_event {
        global_position position;
        global_position came_from;
    };

    void begin();
    [[nodiscard]] std::vector<missing_schema>& missing_schemas_of(event_type type);
    void store_schemas_due(event_type type, const moved_event& event);
    /// Unless it is there. `event`: one that may have brought it, if there is one. Gives whether it is noted to have.
    bool store_schema(event_type type, const missing_schema& missing, const std::optional<moved_event>& event);

    database& file_;
    stream_tail tail_;
    log_state state_;
    event_type_table types_;
    inline_projector no_projections_;
    std::vector<std::vector<missing_schema>> missing_schemas_;  // by type
    std::vector<declared_upcaster> upcasters_;
    std::optional<begun_transaction> begun_;
};

}  // namespace foldline::inline v0::sqlite
