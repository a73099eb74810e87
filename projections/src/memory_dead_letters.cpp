#include "memory_parts.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

namespace foldline::inline v0 {
namespace {

class memory_replay final : public replay_session {
public:
    memory_replay(memory_parts& parts, std::string_view projection, std::string_view order_key,
                  std::string_view definition)
        : parts_(parts), batch_(parts) {
        parts_.facts.with([&](const memory_facts& facts) {
            if (!facts.knows(projection)) return;
            if (facts.state->definition != definition)
                throw definition_error(fmt::format("projection {} is of another definition here: {}", projection,
                                                   definition_difference(facts.state->definition, definition)));
            for (const auto& [position, event] : facts.parked)
                if (event.order_key == order_key && facts.shows(event)) waiting_.push_back(event);
        });
    }

    std::optional<parked_event> first() override {
        if (done_ == waiting_.size()) return {};
        return waiting_[done_];
    }
    void attempt(function_ref<void()> work) override { batch_.attempt(work); }
    void applied() override { ++done_; }
    void failed(std::string_view error, timestamp when) override {
        parked_event& event = waiting_[done_];
        if (event.attempts == 0) event.first_failed = when;
        event.why = parked_event::reason::failed;
        event.error = error;
        event.last_failed = when;
        ++event.attempts;
    }

    void commit() override {
        const bool goes_back = batch_.work.spoiled;
        if (goes_back) parts_.go_back();
        const auto position = parts_.facts.with([&](memory_facts& facts) {
            for (std::size_t i = 0; i < done_; ++i) facts.parked.erase(waiting_[i].position);
            if (done_ < waiting_.size()) facts.parked.insert_or_assign(waiting_[done_].position, waiting_[done_]);
            if (!facts.state) return global_position{};
            facts.change_from_outside();
            return facts.part().position;
        });
        batch_.settle();
        parts_.commits.emit(position);
    }

    std::int64_t run(std::string_view sql, std::span<const sql_value>) override { throw_no_tables(sql); }
    void query(std::string_view sql, std::span<const sql_value>, function_ref<void(const sql_row&)>) override {
        throw_no_tables(sql);
    }

private:
    memory_parts& parts_;
    memory_batch batch_;
    std::vector<parked_event> waiting_;
    std::size_t done_ = 0;
};

}  // namespace

parked_counts memory_dead_letters::count(std::string_view projection) const {
    parked_counts counts;
    counts.keys = keys(projection).size();
    for (const parked_event& event : list({std::string(projection), {}, false, {}, static_cast<std::size_t>(-1)}))
        ++(event.why == parked_event::reason::failed ? counts.failed : counts.behind);
    return counts;
}

std::vector<parked_event> memory_dead_letters::list(const parked_query& query) const {
    return parts_.facts.with([&](const memory_facts& facts) {
        std::vector<parked_event> found;
        for (auto next = facts.parked.upper_bound(query.after); next != facts.parked.end(); ++next) {
            const parked_event& event = next->second;
            if (found.size() == query.limit) break;
            if (!facts.shows(event) || event.projection != query.projection) continue;
            if (query.order_key && event.order_key != *query.order_key) continue;
            if (query.failed_only && event.why != parked_event::reason::failed) continue;
            found.push_back(event);
        }
        return found;
    });
}

std::vector<std::string> memory_dead_letters::keys(std::string_view projection) const {
    return parts_.facts.with([&](const memory_facts& facts) {
        std::set<std::string> found;
        for (const auto& [position, event] : facts.parked)
            if (facts.shows(event) && event.projection == projection) found.insert(event.order_key);
        return std::vector<std::string>(found.begin(), found.end());
    });
}

std::vector<dropped_event> memory_dead_letters::dropped(std::string_view projection, std::size_t limit) const {
    return parts_.facts.with([&](const memory_facts& facts) {
        std::vector<dropped_event> found;
        for (const dropped_event& each : facts.dropped)
            if (each.event.projection == projection && found.size() < limit) found.push_back(each);
        return found;
    });
}

std::unique_ptr<replay_session> memory_dead_letters::replay(std::string_view projection, std::string_view order_key,
                                                            std::string_view definition) {
    return std::make_unique<memory_replay>(parts_, projection, order_key, definition);
}

bool memory_dead_letters::drop(std::string_view projection, global_position position, std::string_view reason,
                               timestamp when) {
    const detail::batch_turn turn{parts_.rows.gate()};
    return parts_.facts.with([&](memory_facts& facts) {
        const auto found = facts.parked.find(position);
        if (!facts.knows(projection) || found == facts.parked.end()) return false;
        facts.dropped.push_back({std::move(found->second), std::string(reason), when});
        facts.parked.erase(found);
        facts.change_from_outside();
        return true;
    });
}

}  // namespace foldline::inline v0
