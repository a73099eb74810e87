#pragma once

#include "event_row.hpp"
#include "head_cache.hpp"
#include "schema_registry.hpp"
#include "stream_merge.hpp"
#include "stream_tail.hpp"

#include <foldline/core/event_type.hpp>
#include <foldline/sqlite/connection.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <cstdint>
#include <vector>

namespace foldline::inline v0::sqlite {

/// What the writer knows of the log without asking the file. It says what is committed, never more: what a transaction
/// changes is kept apart until its commit succeeded.
///
/// confined to the writer.
struct log_state {
    /// An event type that the file has.
    struct known_type {
        std::int64_t row = 0;                    // 0: not known
        const event_schema* admitted = nullptr;  // the last schema that was found among those of the type, or was added
    };

    log_state(stream_index kind, stream_tail& last_places, const event_store_options& options)
        : index(kind), tail(last_places), merge(last_places), heads(options.cached_heads), schemas(options.schemas) {}

    stream_index index;
    stream_tail& tail;   // of a merged index; with an immediate one it stays empty
    stream_merge merge;  // as well
    std::int64_t position = 0;
    timestamp recorded_at{};
    head_cache heads;
    std::uint64_t transactions = 0;  // begun so far
    std::vector<known_type> types;   // by event_type_id
    schema_registry schemas;
    row_checksum checksum;  // here, since its buffer is worth keeping from batch to batch

    enum class seen {
        nothing_new,
        others_commits,  ///< of another process or object; also where it was moved in the file, or is known no longer
    };

    /// Inside a transaction, before it changes anything: takes in what others have committed since the last look.
    seen catch_up(connection& db, std::int64_t generation);
    /// After a commit over `db`: what it stored was noted by the caller.
    void note_own_commit(connection& db);
    /// The next `catch_up` reads everything anew.
    void doubt() { generation_ = 0; }

private:
    void load(connection& db);
    void read_on(connection& db);

    std::int64_t generation_ = 0;  // of the connection that this was read over
    std::uint32_t data_version_ = 0;
};

}  // namespace foldline::inline v0::sqlite
