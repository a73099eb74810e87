#pragma once

#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/projections/detail/memory_rows.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <memory>

namespace foldline::inline v0 {

struct memory_parts;

/// Read models whose rows are one object in memory, that of a `memory_projection`: position, lease and dead letters live
/// as long as the process. It is kept whole, in one partition, and has no tables.
///
/// An object cannot undo half a change. Where a handler throws, the object goes back to what was saved last, or to the
/// beginning; its position goes with it, and whoever drives it reads on from there. What was parked stays parked and is
/// left out, and what is parked further on shows again when that place is reached.
///
/// For a rebuild beside the present object, `beside` is given another object of the same kind; with the same one it
/// throws `definition_error`. There is nothing to `compare`.
///
/// Threads: shared. One session at a time; the next one waits. Do not call it from a handler.
class memory_read_models final : public read_model_store {
public:
    /// `rows` outlives it.
    explicit memory_read_models(detail::memory_rows& rows);
    ~memory_read_models() override;

    [[nodiscard]] std::string place() const override;
    [[nodiscard]] std::vector<projection_state> projections() const override;
    [[nodiscard]] std::optional<projection_state> find(std::string_view projection) const override;
    using read_model_store::create;
    void create(const projection& projection, const store_identity& source, std::span<const partition> parts,
                if_present there) override;
    void remove(std::string_view projection) override;
    void pause(std::string_view projection, bool paused) override;
    [[nodiscard]] std::unique_ptr<read_model_session> begin(std::span<const partition_claim> claims) override;
    void read(function_ref<void(sql_session&)> use) const override;
    [[nodiscard]] lease_store& leases() override;
    [[nodiscard]] dead_letter_store& dead_letters() override;
    [[nodiscard]] const dead_letter_store& dead_letters() const override;
    [[nodiscard]] std::unique_ptr<read_model_store> beside(const projection& projection) override;
    void swap_in(const projection& projection, std::unique_ptr<read_model_store> beside,
                 function_ref<void()> finish) override;
    std::uint64_t compare(const projection& projection, std::unique_ptr<read_model_store> beside,
                          function_ref<void(global_position)> finish, function_ref<void(const row_difference&)> sink,
                          std::size_t most) override;

    /// Where the object stands; 0 before it is driven.
    [[nodiscard]] global_position position() const;
    /// Emits whenever its position has moved.
    [[nodiscard]] commit_signal& commits();

    /// For `memory_projection`: it was loaded, and stands here.
    void begin_at(projection_state state);
    /// For `memory_projection`, while it reads the object: the state, unless events are parked, which a saved copy would
    /// lose.
    [[nodiscard]] std::optional<projection_state> to_save() const;

private:
    std::unique_ptr<memory_parts> parts_;
};

}  // namespace foldline::inline v0
