#include "memory_parts.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <utility>

namespace foldline::inline v0 {
namespace {

constexpr int no_code_of_the_backend = 0;

claim_lost lost(std::string_view projection) {
    return claim_lost(fmt::format("projection {} was put elsewhere or taken over; look where it stands", projection));
}

class memory_session final : public read_model_session {
public:
    memory_session(memory_parts& parts, const partition_claim& claim) : parts_(parts), claim_(claim), batch_(parts) {
        parts_.facts.with([&](const memory_facts& facts) {
            if (!facts.is_good(claim_)) throw lost(claim_.projection);
            leave_out_what_was_given_up(facts);
        });
    }

    void attempt(function_ref<void()> work) override { batch_.attempt(work); }

    void park(const parked_event& event, std::size_t most) override {
        batch_.require_live();
        const std::size_t already = parts_.facts.with([&](const memory_facts& facts) { return facts.parked.size(); });
        if (already + parked_.size() >= most)
            throw limit_exceeded(fmt::format("events of projection {} that are parked", claim_.projection),
                                 already + parked_.size() + 1, most);
        parked_.push_back(event);
    }

    void commit(global_position position, timestamp recorded_at) override {
        batch_.require_live();
        parts_.facts.with([&](memory_facts& facts) {
            if (!facts.is_good(claim_)) throw lost(claim_.projection);
            for (parked_event& event : parked_) facts.parked.try_emplace(event.position, std::move(event));
            partition_state& part = facts.part();
            part.position = position;
            part.reached = recorded_at;
            ++part.beat;
            // What is parked up to there shows again, and whoever drives it has to know.
            if (batch_.work.begun < batch_.work.replayed_to && position >= batch_.work.replayed_to)
                facts.change_hands();
        });
        batch_.settle();
        parts_.commits.emit(position);
    }

    std::int64_t run(std::string_view sql, std::span<const sql_value>) override { throw_no_tables(sql); }
    void query(std::string_view sql, std::span<const sql_value>, function_ref<void(const sql_row&)>) override {
        throw_no_tables(sql);
    }

private:
    void leave_out_what_was_given_up(const memory_facts& facts) {
        detail::memory_work& work = batch_.work;
        work.begun = facts.part().position;
        const auto add = [&](global_position position) {
            if (position <= work.begun) return;
            work.left_out.insert(position);
            work.replayed_to = std::max(work.replayed_to, position);
        };
        for (auto next = facts.parked.upper_bound(work.begun); next != facts.parked.end(); ++next) add(next->first);
        for (const dropped_event& given_up : facts.dropped) add(given_up.event.position);
    }

    memory_parts& parts_;
    partition_claim claim_;
    memory_batch batch_;
    std::vector<parked_event> parked_;
};

}  // namespace

void throw_no_tables(std::string_view sql) {
    throw sql_error(no_code_of_the_backend, sql,
                    "a memory projection keeps no tables; its handlers change the object that they are given");
}

std::unique_ptr<read_model_session> begin_memory_session(memory_parts& parts, const partition_claim& claim) {
    return std::make_unique<memory_session>(parts, claim);
}

memory_batch::memory_batch(memory_parts& parts) : parts_(parts) {
    parts_.rows.gate().begin_turn();
    parts_.rows.open(work);
}

memory_batch::~memory_batch() {
    if (settled_) return;
    undo();
    settle();
}

void memory_batch::undo() {
    if (work.replayed && !work.spoiled) {
        parts_.facts.with([&](memory_facts& facts) {
            facts.part().position = work.replayed_to;
            facts.change_hands();
        });
    } else if (work.applied > 0) {
        parts_.go_back();
    }
}

void memory_batch::settle() {
    settled_ = true;
    parts_.rows.close();
    parts_.rows.gate().end_turn();
}

void memory_batch::attempt(function_ref<void()> attempted) {
    require_live();
    const std::uint64_t before = work.applied;
    try {
        attempted();
    } catch (...) {
        if (work.applied != before && !work.replayed) work.spoiled = true;
        throw;
    }
}

void memory_batch::require_live() const {
    if (settled_ || work.spoiled || work.replayed) throw lost(parts_.rows.described().name());
}

void memory_parts::go_back() {
    const auto saved = rows.go_back();
    facts.with([&](memory_facts& known) {
        if (!known.state) return;
        known.part().position = saved ? saved->position : global_position{};
        known.part().reached = saved ? saved->reached : timestamp{};
        known.change_hands();
    });
}

}  // namespace foldline::inline v0
