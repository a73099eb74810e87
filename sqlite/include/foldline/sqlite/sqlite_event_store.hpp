#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/id_source.hpp>
#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/eventstore/group_appender.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/upcasters/schema_rules.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace foldline::inline v0 {
class upcaster_chain;
}
namespace foldline::inline v0::sqlite {

/// How the events of a stream are found. Chosen when a file is made, and never changed.
enum class stream_index {
    /// An entry of an index with each event.
    immediate,
    /// Entries are merged into the index many at a time (`merge_size`); of the events since, each process remembers where
    /// they are. For stores of millions of streams that are written to at random, where an entry of its own
    /// would dirty a page of its own for each event.
    merged,
};

struct event_store_options {
    append_limits limits{};
    /// Of a new file: `immediate` if nothing is said. Of a file that is there: what it must have.
    std::optional<stream_index> index{};
    /// Of a new file with a merged index: events that one merge puts in. More of them share more pages; but a program that opens the store
    /// has to read up to twice as many before its first load of a stream.
    std::int64_t merge_size = 65'536;
    /// Streams whose heads the writer keeps at hand, at some 100 bytes each.
    std::size_t cached_heads = 100'000;
    /// What a schema must keep to, to stand beside those under which events of its name and version are stored: an append
    /// that brings another one fails with `incompatible_schema`, and stores nothing.
    compatibility schemas{};
    /// Take part in every append. The file remembers them, and a writer that lacks one may not open it; one that is new
    /// to the file is built from the events that are there when the store opens.
    std::vector<projection*> inline_projections{};
    /// What the events that are there become for a projection that is built: without any it gets them as they are stored.
    /// Categories keep their stored names, as they do in an append. Needed only while the store opens.
    const upcaster_chain* upcasters = nullptr;
};

/// Events in an SQLite file.
///
/// An append that returned has survived a power cut (`durability::full`). Callers that append at the same time share one
/// commit; each has its own result, and one that is refused does not disturb the others. Each event is checked against
/// its checksum, and a stream and the log for holes, whenever they are read.
///
/// Threads: shared. What it is given outlives it.
/// Fails:   as `event_store`, and as `database`. An append whose commit failed is looked up in the file before it is
///          answered; only if that fails too is its outcome unknown.
class sqlite_event_store final : public event_store, public group_appender {
public:
    sqlite_event_store(database& file, const clock& clock, id_source& ids, event_store_options options = {});
    ~sqlite_event_store() override;

    [[nodiscard]] append_result append(const append_request& request) override;
    void append_group(std::span<append_attempt> attempts) noexcept override;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override;
    [[nodiscard]] std::optional<earlier_append> find_append(const event_id& first) const override;
    [[nodiscard]] global_position head() const override;
    [[nodiscard]] store_identity identity() const override;
    [[nodiscard]] event_type_id type_id(event_type type) const override;
    [[nodiscard]] event_type type_of(event_type_id id) const override;
    [[nodiscard]] std::vector<event_type> stored_types() const override;
    [[nodiscard]] std::vector<event_schema> stored_schemas(event_type type) const override;

    /// Tells of the commits of this object; with a `commit_watch_runner` also of those of others.
    [[nodiscard]] commit_signal& commits();
    /// Reads the rows of inline projections.
    void read_inline(function_ref<void(sql_session&)> use) const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::sqlite
