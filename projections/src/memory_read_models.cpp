#include <foldline/projections/memory_read_models.hpp>

#include "memory_parts.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <utility>

namespace foldline::inline v0 {
namespace {

/// Nothing to see in a session that only reads.
class no_tables final : public sql_session {
public:
    std::int64_t run(std::string_view sql, std::span<const sql_value>) override { throw_no_tables(sql); }
    void query(std::string_view sql, std::span<const sql_value>, function_ref<void(const sql_row&)>) override {
        throw_no_tables(sql);
    }
};

void require_same(const projection& kept, std::string_view name) {
    if (kept.name() != name)
        throw definition_error(
            fmt::format("{} has no place where the object of projection {} is kept", name, kept.name()));
}

projection_state state_at_start(const projection& projection, const store_identity& source) {
    projection_state state;
    state.name = projection.name();
    state.source = source;
    state.version = projection.version();
    state.definition = definition_of(projection);
    state.partitions.resize(1);
    return state;
}

/// What was built takes the place of what was there; whoever had a claim on either has lost it.
void replace(memory_facts& present, memory_facts built) {
    const std::uint64_t epoch = present.state ? present.part().epoch : 0;
    const std::uint64_t revision = present.state ? present.state->revision : 0;
    const bool paused = present.state && present.state->paused;
    built.members = std::move(present.members);
    present = std::move(built);
    present.part().owner.reset();
    present.part().epoch = epoch + 1;
    present.state->revision = revision + 1;
    present.state->paused = paused;
}

}  // namespace

memory_read_models::memory_read_models(detail::memory_rows& rows) : parts_(std::make_unique<memory_parts>(rows)) {}
memory_read_models::~memory_read_models() = default;

std::string memory_read_models::place() const {
    return fmt::format("the memory of projection {}", parts_->rows.described().name());
}

std::vector<projection_state> memory_read_models::projections() const {
    std::vector<projection_state> all;
    if (auto one = find(parts_->rows.described().name())) all.push_back(*std::move(one));
    return all;
}

std::optional<projection_state> memory_read_models::find(std::string_view projection) const {
    return parts_->facts.with([&](const memory_facts& facts) {
        return facts.knows(projection) ? facts.state : std::optional<projection_state>{};
    });
}

void memory_read_models::create(const projection& projection, const store_identity& source,
                                std::span<const partition> parts, if_present there) {
    require_same(parts_->rows.described(), projection.name());
    if (there == if_present::leave && find(projection.name())) return;
    if (parts.size() != 1 || !parts.front().is_whole())
        throw definition_error(
            fmt::format("projection {} is an object in memory: work on it in one partition", projection.name()));
    const detail::batch_turn turn{parts_->rows.gate()};
    parts_->rows.forget_saved();
    const detail::batch_change change{parts_->rows.gate()};
    parts_->rows.begin_anew();
    memory_facts begun;
    begun.state = state_at_start(projection, source);
    parts_->facts.with([&](memory_facts& facts) { replace(facts, std::move(begun)); });
}

void memory_read_models::remove(std::string_view projection) {
    if (!find(projection)) return;
    const detail::batch_turn turn{parts_->rows.gate()};
    parts_->rows.forget_saved();
    const detail::batch_change change{parts_->rows.gate()};
    parts_->rows.begin_anew();
    parts_->facts.with([](memory_facts& facts) { facts = memory_facts{}; });
}

void memory_read_models::pause(std::string_view projection, bool paused) {
    const detail::batch_turn turn{parts_->rows.gate()};
    parts_->facts.with([&](memory_facts& facts) {
        if (!facts.knows(projection))
            throw definition_error(fmt::format("there is no projection {} here to be paused", projection));
        facts.state->paused = paused;
        facts.change_from_outside();
    });
}

std::unique_ptr<read_model_session> memory_read_models::begin(std::span<const partition_claim> claims) {
    if (claims.size() != 1)
        throw invalid_request(fmt::format("{} claims on {}, which is kept whole", claims.size(), place()));
    return begin_memory_session(*parts_, claims.front());
}

void memory_read_models::read(function_ref<void(sql_session&)> use) const {
    no_tables none;
    use(none);
}

lease_store& memory_read_models::leases() { return parts_->leases; }
dead_letter_store& memory_read_models::dead_letters() { return parts_->letters; }
const dead_letter_store& memory_read_models::dead_letters() const { return parts_->letters; }

std::unique_ptr<read_model_store> memory_read_models::beside(const projection& projection) {
    const auto* rows = dynamic_cast<const detail::memory_rows*>(&projection);
    require_same(parts_->rows.described(), projection.name());
    if (!rows || rows == &parts_->rows || !parts_->rows.is_like(*rows))
        throw definition_error(
            fmt::format("projection {} is built anew in an object of its own: make a second memory projection of the "
                        "same state, name and handlers, and give the rebuild that one",
                        projection.name()));
    return std::make_unique<memory_read_models>(rows->itself());
}

void memory_read_models::swap_in(const projection& projection, std::unique_ptr<read_model_store> beside,
                                 function_ref<void()> finish) {
    auto* const built = dynamic_cast<memory_read_models*>(beside.get());
    if (!built || !parts_->rows.is_like(built->parts_->rows))
        throw definition_error(fmt::format("projection {} was built for another place", projection.name()));
    global_position position;
    {
        const detail::batch_turn turn{parts_->rows.gate()};
        finish();
        const detail::batch_turn turn_there{built->parts_->rows.gate()};
        memory_facts facts = built->parts_->facts.with([](const memory_facts& made) { return made; });
        if (!facts.state)
            throw definition_error(
                fmt::format("nothing was built for projection {} that could be put in its place", projection.name()));
        position = facts.part().position;
        parts_->rows.forget_saved();
        const detail::batch_change change{parts_->rows.gate()};
        parts_->rows.exchange(built->parts_->rows);
        parts_->facts.with([&](memory_facts& present) { replace(present, std::move(facts)); });
        built->parts_->rows.begin_anew();
        built->parts_->facts.with([](memory_facts& emptied) { emptied = memory_facts{}; });
    }
    parts_->commits.emit(position);
}

std::uint64_t memory_read_models::compare(const projection& projection, std::unique_ptr<read_model_store>,
                                          function_ref<void(global_position)>,
                                          function_ref<void(const row_difference&)>, std::size_t) {
    throw definition_error(
        fmt::format("projection {} is an object in memory and has no rows to compare: build a second one, and compare "
                    "the two in the program",
                    projection.name()));
}

global_position memory_read_models::position() const {
    return parts_->facts.with(
        [](const memory_facts& facts) { return facts.state ? facts.part().position : global_position{}; });
}

commit_signal& memory_read_models::commits() { return parts_->commits; }

void memory_read_models::begin_at(projection_state state) {
    memory_facts loaded;
    loaded.state = std::move(state);
    parts_->facts.with([&](memory_facts& facts) { replace(facts, std::move(loaded)); });
}

std::optional<projection_state> memory_read_models::to_save() const {
    return parts_->facts.with([](const memory_facts& facts) {
        return facts.parked.empty() ? facts.state : std::optional<projection_state>{};
    });
}

}  // namespace foldline::inline v0
