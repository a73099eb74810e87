#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/event_type_table.hpp>
#include <foldline/core/guarded.hpp>
#include <foldline/core/id_source.hpp>
#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/eventstore/group_appender.hpp>

#include <memory>

namespace foldline::inline v0 {
namespace detail {
class memory_log;
}

/// An event store for tests and for what need not outlive the process. It keeps every promise of `event_store` but
/// durability, and keeps every event in memory.
///
/// A sink runs without any lock. A read hands out what was stored when it began, and what is appended meanwhile shows
/// in its `at_end` only.
///
/// Threads: shared. The clock and the id source outlive it.
class memory_event_store final : public event_store, public group_appender {
public:
    memory_event_store(const clock& time, id_source& ids, append_limits limits = {});
    ~memory_event_store() override;

    [[nodiscard]] append_result append(const append_request& request) override;
    void append_group(std::span<append_attempt> attempts) noexcept override;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override;
    [[nodiscard]] std::optional<earlier_append> find_append(const event_id& first) const override;
    [[nodiscard]] global_position head() const override;
    [[nodiscard]] store_identity identity() const override { return identity_; }
    [[nodiscard]] event_type_id type_id(event_type type) const override;
    [[nodiscard]] event_type type_of(event_type_id id) const override;
    [[nodiscard]] std::vector<event_type> stored_types() const override;
    [[nodiscard]] std::vector<event_schema> stored_schemas(event_type type) const override;

    /// Emits after each append, and once after each group, that stored something.
    [[nodiscard]] commit_signal& commits() { return commits_; }

private:
    [[nodiscard]] append_result append_silently(const append_request& request);

    const clock& time_;
    id_source& ids_;
    append_limits limits_;
    store_identity identity_;
    mutable event_type_table types_;
    std::unique_ptr<guarded<detail::memory_log>> log_;
    commit_signal commits_;
};

}  // namespace foldline::inline v0
