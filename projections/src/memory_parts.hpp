#pragma once

#include <foldline/core/guarded.hpp>
#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/projections/detail/memory_rows.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

struct memory_parts;

/// What a file would keep.
///
/// confined.
struct memory_facts {
    std::optional<projection_state> state;
    std::map<global_position, parked_event> parked;
    std::vector<dropped_event> dropped;
    std::vector<worker_state> members;

    [[nodiscard]] bool knows(std::string_view projection) const { return state && state->name == projection; }
    [[nodiscard]] partition_state& part() { return state->partitions.front(); }
    [[nodiscard]] const partition_state& part() const { return state->partitions.front(); }
    /// Parked as far as the object stands now: all, unless it went back.
    [[nodiscard]] bool shows(const parked_event& event) const {
        return state && event.projection == state->name && event.position <= part().position;
    }
    [[nodiscard]] bool is_good(const partition_claim& claim) const;
    /// Every claim is lost.
    void change_hands() { ++part().epoch; }
    void change_from_outside() {
        change_hands();
        ++state->revision;
    }
};

class memory_leases final : public lease_store {
public:
    explicit memory_leases(guarded<memory_facts>& facts) : facts_(facts) {}

    [[nodiscard]] std::optional<partition_claim> claim(std::string_view projection, partition part, worker_id worker,
                                                       std::optional<partition_state> watched) override;
    [[nodiscard]] std::vector<partition_claim> beat(std::span<const partition_claim> claims) override;
    void release(std::span<const partition_claim> claims) override;
    void enter(std::string_view projection, worker_id worker) override;
    void leave(std::string_view projection, worker_id worker) override;
    [[nodiscard]] std::vector<worker_state> members(std::string_view projection) const override;
    void expel(std::string_view projection, const worker_state& member) override;
    void split(std::string_view projection, partition part) override;
    void merge(std::string_view projection, partition one, partition other) override;

private:
    guarded<memory_facts>& facts_;
};

class memory_dead_letters final : public dead_letter_store {
public:
    explicit memory_dead_letters(memory_parts& parts) : parts_(parts) {}

    [[nodiscard]] parked_counts count(std::string_view projection) const override;
    [[nodiscard]] std::vector<parked_event> list(const parked_query& query) const override;
    [[nodiscard]] std::vector<std::string> keys(std::string_view projection) const override;
    [[nodiscard]] std::vector<dropped_event> dropped(std::string_view projection, std::size_t limit) const override;
    [[nodiscard]] std::unique_ptr<replay_session> replay(std::string_view projection, std::string_view order_key,
                                                         std::string_view definition) override;
    bool drop(std::string_view projection, global_position position, std::string_view reason, timestamp when) override;

private:
    memory_parts& parts_;
};

struct memory_parts {
    explicit memory_parts(detail::memory_rows& kept) : rows(kept), leases(facts), letters(*this) {}

    detail::memory_rows& rows;
    guarded<memory_facts> facts;
    memory_leases leases;
    memory_dead_letters letters;
    commit_signal commits;

    /// Takes the object back to where it is good, for who has the turn and changes it. Claims are lost.
    void go_back();
};

/// What a session over the object has in common with another one: the turn, and the work. The object is taken back if
/// it ends unsettled and was changed.
///
/// confined.
class memory_batch {
public:
    explicit memory_batch(memory_parts& parts);
    ~memory_batch();
    memory_batch(const memory_batch&) = delete;
    memory_batch& operator=(const memory_batch&) = delete;

    /// What `attempt` promises; throws `claim_lost` if the object went back, or would have to.
    void attempt(function_ref<void()> work);
    void require_live() const;
    /// Lets others see the object.
    void settle();

    detail::memory_work work;

private:
    void undo();

    memory_parts& parts_;
    bool settled_ = false;
};

[[noreturn]] void throw_no_tables(std::string_view sql);
[[nodiscard]] std::unique_ptr<read_model_session> begin_memory_session(memory_parts& parts,
                                                                       const partition_claim& claim);

}  // namespace foldline::inline v0
