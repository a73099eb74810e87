// The contract is only worth something if a broken store fails it. Each store below has one bug, planted in a good
// store, and the case that guards against it is named beside it.
#include <foldline/testing/event_store_contract.hpp>

#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using namespace foldline;
using foldline::testing::contract_case;
using foldline::testing::event_store_contract;
using foldline::testing::opened_store;
using foldline::testing::store_factory;
using foldline::testing::store_parts;

namespace {

/// A good store; a broken one derives from it and overrides what it breaks.
class good_store : public event_store {
public:
    explicit good_store(const store_parts& parts) : inner(parts.time, parts.ids, parts.limits) {}

    append_result append(const append_request& request) override { return inner.append(request); }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, sink);
    }
    std::optional<earlier_append> find_append(const event_id& first) const override { return inner.find_append(first); }
    global_position head() const override { return inner.head(); }
    store_identity identity() const override { return inner.identity(); }
    event_type_id type_id(event_type type) const override { return inner.type_id(type); }
    event_type type_of(event_type_id id) const override { return inner.type_of(id); }
    std::vector<event_type> stored_types() const override { return inner.stored_types(); }
    std::vector<foldline::event_schema> stored_schemas(event_type type) const override {
        return inner.stored_schemas(type);
    }

protected:
    memory_event_store inner;
};

template <class Store>
struct opened : opened_store {
    explicit opened(const store_parts& parts) : broken(parts) {}
    event_store& store() override { return broken; }
    bool reopen() override {
        if constexpr (requires { broken.reopen(); }) {
            broken.reopen();
            return true;
        }
        return false;
    }
    Store broken;
};

template <class Store>
store_factory factory() {
    return [](const store_parts& parts) { return std::make_unique<opened<Store>>(parts); };
}

// --- appends ---

append_request without_ids(append_request request) {
    for (auto& write : request.writes)
        for (auto& event : write.events) event.id.reset();
    return request;
}

std::optional<event_id> first_id_of(const append_request& request) {
    if (request.writes.empty() || request.writes.front().events.empty()) return std::nullopt;
    return request.writes.front().events.front().id;
}

/// Where a stream is, at the moment of asking.
stream_version version_of(const event_store& store, const stream_id& stream) {
    const page last = store.read(read_query::stream(stream).backward(), batch_limit{1}, [](const event_view&) {});
    return last.events == 0 ? stream_version{0} : last.last_version;
}

/// Makes something storable of what has to be refused.
struct repairs_invalid_requests : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        append_request repaired;
        std::set<stream_id> named;
        for (const auto& write : request.writes)
            if (!write.events.empty() && named.insert(write.stream).second) repaired.writes.push_back(write);
        for (const auto& condition : request.conditions)
            if (named.insert(condition.stream).second) repaired.conditions.push_back(condition);
        std::set<event_id> ids;
        bool ids_are_good = true;
        for (auto& write : repaired.writes)
            for (auto& event : write.events) {
                ids_are_good = ids_are_good && event.id && ids.insert(*event.id).second;
                if (event.type.name.empty()) event.type.name = "nameless";
                if (event.type.version == 0) event.type.version = 1;
            }
        if (repaired.writes.empty()) return appended{};
        return inner.append(ids_are_good ? repaired : without_ids(repaired));
    }
};

struct ignores_expectations : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        append_request any = request;
        for (auto& write : any.writes) write.expected = expected_version::any();
        return inner.append(any);
    }
};

struct ignores_conditions : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        append_request unconditional = request;
        unconditional.conditions.clear();
        return inner.append(unconditional);
    }
};

struct takes_a_version_for_the_least_one : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        const auto result = inner.append(request);
        const auto* conflict = std::get_if<version_conflict>(&result);
        if (!conflict || !request.writes[0].expected.admits(conflict->actual.next(1))) return result;
        append_request later = request;
        later.writes[0].expected = expected_version::any();
        return inner.append(later);
    }
};

struct appends_write_by_write : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        append_result result = appended{};
        for (const auto& write : request.writes) {
            result = inner.append({{write}, request.conditions});
            if (!std::holds_alternative<appended>(result)) break;
        }
        return result;
    }
};

struct reports_the_last_conflict : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        append_request reversed = request;
        std::reverse(reversed.writes.begin(), reversed.writes.end());
        const auto result = inner.append(reversed);
        return std::holds_alternative<appended>(result) ? inner.append(request) : result;
    }
};

struct tells_the_first_position : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        auto result = inner.append(request);
        if (auto* done = std::get_if<appended>(&result))
            done->position = done->position.next(1 - std::ssize(request.writes.back().events));
        return result;
    }
};

struct loses_a_number_to_a_refusal : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        auto result = inner.append(request);
        if (std::holds_alternative<version_conflict>(result)) ++lost;
        return result;
    }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, [&](event_view event) {
            if (event.version > stream_version{3}) event.version = event.version.next(lost);
            return sink(event);
        });
    }
    std::atomic<int> lost = 0;
};

struct checks_and_appends_in_two_steps : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        if (request.writes.size() != 1) return inner.append(request);
        const stream_write& write = request.writes.front();
        const stream_version actual = version_of(inner, write.stream);
        if (!write.expected.admits(actual)) return version_conflict{write.stream, actual};
        // Waits a while for a second caller, so that the bug does not depend on luck.
        ++between;
        for (int i = 0; i < 10'000 && between < 2; ++i) std::this_thread::yield();
        append_request any = request;
        any.writes.front().expected = expected_version::any();
        auto result = inner.append(any);
        --between;
        return result;
    }
    std::atomic<int> between = 0;
};

struct knows_no_limits : good_store {
    explicit knows_no_limits(store_parts parts) : good_store({parts.time, parts.ids, {~0U, ~0U, ~0U, ~0U}}) {}
};

struct knows_only_the_default_limits : good_store {
    explicit knows_only_the_default_limits(store_parts parts) : good_store({parts.time, parts.ids, {}}) {}
};

// --- ids ---

struct stores_repeats_twice : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override { return inner.append(without_ids(request)); }
};

struct forgets_ids_after_a_while : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        const event_id first = first_id_of(request).value_or(event_id{});
        if (const auto found = inner.find_append(first); found && inner.head() > found->result.position.next(100))
            return inner.append(without_ids(request));
        return inner.append(request);
    }
};

struct looks_ids_up_after_the_expectation : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        for (const auto& write : request.writes) {
            const stream_version actual = version_of(inner, write.stream);
            if (!write.expected.admits(actual)) return version_conflict{write.stream, actual};
        }
        return inner.append(request);
    }
};

struct takes_a_first_id_for_a_repeat : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        if (const auto id = first_id_of(request))
            if (const auto earlier = inner.find_append(*id)) return earlier->result;
        return inner.append(request);
    }
};

struct takes_part_of_a_request_for_a_repeat : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        append_request rest = request;
        std::erase_if(rest.writes, [&](const stream_write& write) {
            return !write.events.empty() && write.events.front().id && inner.find_append(*write.events.front().id);
        });
        return rest.writes.empty() ? inner.append(request) : inner.append(rest);
    }
};

struct calls_a_repeat_new : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        auto result = inner.append(request);
        if (auto* done = std::get_if<appended>(&result)) done->when = stored::now;
        return result;
    }
};

struct answers_a_repeat_with_the_head : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        auto result = inner.append(request);
        if (auto* done = std::get_if<appended>(&result); done && done->when == stored::before)
            done->position = inner.head();
        return result;
    }
};

struct remembers_refused_ids : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        const auto id = first_id_of(request);
        if (id && refused.contains(*id)) return id_reused{*id};
        auto result = inner.append(request);
        if (id && std::holds_alternative<version_conflict>(result)) refused.insert(*id);
        return result;
    }
    std::set<event_id> refused;
};

struct keeps_ids_of_its_own_like_the_callers : good_store {
    explicit keeps_ids_of_its_own_like_the_callers(const store_parts& parts) : good_store(parts), ids(parts.ids) {}
    append_result append(const append_request& request) override {
        if (first_id_of(request)) return inner.append(request);
        append_request with_ids = request;
        for (auto& write : with_ids.writes)
            for (auto& event : write.events) event.id = event_id{ids.next()};
        return inner.append(with_ids);
    }
    id_source& ids;
};

// --- reads ---

struct loses_an_event : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, [&](const event_view& event) {
            return event.position == global_position{7} ? flow::go_on : sink(event);
        });
    }
};

struct hands_out_an_event_twice : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, [&](const event_view& event) {
            if (event.position == global_position{64}) sink(event);
            return sink(event);
        });
    }
};

struct reads_only_forward : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        std::vector<recorded_event> events;
        page end =
            inner.read(query, limit, [&](const event_view& event) { events.emplace_back(event, type_of(event.type)); });
        if (query.direction() == read_direction::backward) std::reverse(events.begin(), events.end());
        for (const auto& event : events)
            sink({type_id({event.type_name, event.type_version}), event.stream.ref(), event.version, event.position,
                  event.id, event.recorded_at, event.occurred_at, event.metadata, event.payload});
        return end;
    }
};

struct includes_the_bound : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        if (query.lower_bound() == 0) return inner.read(query, limit, sink);
        const bool by_version = std::holds_alternative<stream_id>(query.where());
        return inner.read(by_version ? query.after(stream_version{query.lower_bound() - 1})
                                     : query.after(global_position{query.lower_bound() - 1}),
                          limit, sink);
    }
};

struct hands_out_one_too_many : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, batch_limit{limit.value + (limit.value < 1'000 ? 1 : 0)}, sink);
    }
};

struct takes_a_full_page_for_more_to_come : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        page end = inner.read(query, limit, sink);
        end.at_end = end.events < limit.value;
        return end;
    }
};

struct takes_every_page_for_the_last : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        page end = inner.read(query, limit, sink);
        end.at_end = true;
        return end;
    }
};

struct forgets_the_bound_of_an_empty_page : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        const page end = inner.read(query, limit, sink);
        return end.events == 0 ? page{0, {}, {}, end.at_end} : end;
    }
};

struct leaves_ids_out_of_a_category : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, [&](event_view event) {
            if (std::holds_alternative<read_query::of_categories>(query.where())) event.id = {};
            return sink(event);
        });
    }
};

/// The query without its filters.
read_query plain(const read_query& query) {
    const auto bounded = [&]<class Bound>(const read_query& scope, Bound after, Bound before) {
        const read_query made = scope.after(after).before(before);
        return query.direction() == read_direction::forward ? made : made.backward();
    };
    const std::int64_t after = query.lower_bound();
    const std::int64_t before = query.upper_bound();
    if (const auto* stream = std::get_if<stream_id>(&query.where()))
        return bounded(read_query::stream(*stream), stream_version{after}, stream_version{before});
    const auto* of = std::get_if<read_query::of_categories>(&query.where());
    return bounded(of ? read_query::categories(of->names) : read_query::all(), global_position{after},
                   global_position{before});
}

struct ignores_types : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        const read_query of_all = plain(query);
        return inner.read(query.correlation().empty() ? of_all : of_all.with_correlation(query.correlation()), limit,
                          sink);
    }
};

struct ignores_the_version_of_a_type : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        std::vector<wanted_type> names;
        for (const wanted_type& type : query.types()) names.push_back(wanted_type::every_version_of(type.name));
        return inner.read(names.empty() ? query : query.of_types(std::move(names)), limit, sink);
    }
};

struct ignores_the_correlation : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query.types().empty() ? plain(query) : plain(query).of_types(query.types()), limit, sink);
    }
};

struct counts_what_a_filter_leaves_out : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        page whole = inner.read(query, limit, sink);
        const auto query_here = plain(query);
        whole.events = inner.read(query_here, limit, [](const event_view&) {}).events;
        return whole;
    }
};

struct stays_at_the_last_match : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        page reached = query.empty_page();
        const page whole = inner.read(query, limit, [&](const event_view& event) {
            reached.last_version = event.version;
            reached.last_position = event.position;
            return sink(event);
        });
        reached.events = whole.events;
        reached.at_end = whole.at_end;
        return reached;
    }
};

struct passes_the_next_match : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        page reached = inner.read(query, limit, sink);
        const bool is_filtered = !query.types().empty() || !query.correlation().empty();
        if (!is_filtered || query.direction() == read_direction::backward || reached.at_end) return reached;
        const page next = inner.read(query.from(reached), batch_limit{1}, [](const event_view&) {});
        reached.last_version = next.last_version;
        reached.last_position = next.last_position;
        return reached;
    }
};

struct does_not_stop : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, [&](const event_view& event) { sink(event); });
    }
};

struct swallows_what_a_sink_throws : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, [&](const event_view& event) {
            try {
                return sink(event);
            } catch (...) {
                return flow::stop;
            }
        });
    }
};

/// Says so where a real one would hang.
struct holds_a_lock_while_a_sink_runs : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        if (locked) throw std::runtime_error("a deadlock");
        return inner.append(request);
    }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        locked = true;
        const page end = inner.read(query, limit, sink);
        locked = false;
        return end;
    }
    mutable std::atomic<bool> locked = false;
};

struct lends_every_sink_the_same_buffer : good_store {
    explicit lends_every_sink_the_same_buffer(const store_parts& parts) : good_store(parts) { buffer.reserve(10'000); }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, [&](event_view event) {
            buffer.assign(event.payload);
            event.payload = buffer;
            return sink(event);
        });
    }
    mutable std::string buffer;
};

struct reads_a_category_by_its_beginning : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        const auto* scope = std::get_if<read_query::of_categories>(&query.where());
        if (!scope) return inner.read(query, limit, sink);
        return inner.read(read_query::all(), limit, [&](const event_view& event) {
            return event.stream.category.starts_with(scope->names.front()) ? sink(event) : flow::go_on;
        });
    }
};

// --- values ---

/// Changes what is appended.
template <class Change>
struct changes_events : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        append_request changed = request;
        for (auto& write : changed.writes)
            for (auto& event : write.events) Change{}(event);
        return inner.append(changed);
    }
};

struct cut_payload_at_zero {
    void operator()(event_data& event) const { event.payload = event.payload.c_str(); }
};
struct drop_metadata {
    void operator()(event_data& event) const { event.metadata.clear(); }
};
struct drop_occurred_at {
    void operator()(event_data& event) const { event.occurred_at.reset(); }
};
struct take_1970_for_no_time {
    void operator()(event_data& event) const {
        if (event.occurred_at == timestamp{}) event.occurred_at.reset();
    }
};
struct cut_to_milliseconds {
    void operator()(event_data& event) const {
        if (event.occurred_at) event.occurred_at = std::chrono::floor<std::chrono::milliseconds>(*event.occurred_at);
    }
};
struct give_every_type_version_1 {
    void operator()(event_data& event) const { event.type.version = std::min(event.type.version, 1U); }
};

/// Changes the names of streams, as a careless column type or LIKE would.
template <class Change>
struct changes_names : good_store {
    using good_store::good_store;
    static stream_id changed(const stream_id& stream) { return {stream.category(), Change{}(stream.id())}; }
    append_result append(const append_request& request) override {
        append_request renamed = request;
        for (auto& write : renamed.writes) write.stream = changed(write.stream);
        for (auto& condition : renamed.conditions) condition.stream = changed(condition.stream);
        return inner.append(renamed);
    }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        const auto* stream = std::get_if<stream_id>(&query.where());
        return inner.read(stream ? read_query::stream(changed(*stream)) : query, limit, sink);
    }
};

struct to_lower_case {
    std::string operator()(std::string id) const {
        for (char& c : id)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        return id;
    }
};
struct trimmed {
    std::string operator()(std::string id) const {
        while (id.size() > 1 && id.back() == ' ') id.pop_back();
        return id;
    }
};
struct as_number {
    std::string operator()(std::string id) const {
        while (id.size() > 1 && id.front() == '0') id.erase(0, 1);
        return id;
    }
};
struct ascii_only {
    std::string operator()(std::string id) const {
        std::erase_if(id, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
        return id.empty() ? "?" : id;
    }
};
struct first_200_bytes {
    std::string operator()(const std::string& id) const { return id.substr(0, 200); }
};

struct records_what_the_clock_says : good_store {
    explicit records_what_the_clock_says(const store_parts& parts) : good_store(parts), time(parts.time) {}
    append_result append(const append_request& request) override {
        auto result = inner.append(request);
        if (auto* done = std::get_if<appended>(&result); done && done->when == stored::now)
            done->recorded_at = time.now();
        return result;
    }
    const foldline::clock& time;
};

struct records_each_event_anew : good_store {
    using good_store::good_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner.read(query, limit, [&](event_view event) {
            event.recorded_at += std::chrono::microseconds{event.version.value};
            return sink(event);
        });
    }
};

// --- types and identity ---

struct renumbers_types : good_store {
    using good_store::good_store;
    event_type_id type_id(event_type type) const override {
        return event_type_id{static_cast<std::uint32_t>(inner.type_id(type)) + calls++};
    }
    mutable std::atomic<std::uint32_t> calls = 0;
};

struct numbers_types_by_name_only : good_store {
    using good_store::good_store;
    event_type_id type_id(event_type type) const override { return inner.type_id({type.name, 1}); }
};

struct lists_types_nobody_stored : good_store {
    using good_store::good_store;
    event_type_id type_id(event_type type) const override {
        const auto id = inner.type_id(type);
        asked.push_back(inner.type_of(id));
        return id;
    }
    std::vector<event_type> stored_types() const override { return asked; }
    mutable std::vector<event_type> asked;
};

struct has_a_new_identity_each_time : good_store {
    using good_store::good_store;
    store_identity identity() const override {
        return {store_id{uuid::from_name("store").child(calls++)}, inner.identity().history};
    }
    mutable std::atomic<std::uint64_t> calls = 1;
};

struct has_everybodys_identity : good_store {
    using good_store::good_store;
    store_identity identity() const override {
        return {store_id{uuid::from_name("store")}, history_id{uuid::from_name("history")}};
    }
};

// --- opened again ---

struct forgets_everything : good_store {
    explicit forgets_everything(const store_parts& parts) : good_store(parts), made_of(parts) {}
    append_result append(const append_request& request) override { return current().append(request); }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return current().read(query, limit, sink);
    }
    global_position head() const override { return current().head(); }
    void reopen() { opened_again = std::make_unique<memory_event_store>(made_of.time, made_of.ids, made_of.limits); }
    event_store& current() { return opened_again ? *opened_again : inner; }
    const event_store& current() const { return opened_again ? *opened_again : inner; }
    store_parts made_of;
    std::unique_ptr<memory_event_store> opened_again;
};

struct has_a_new_identity_when_opened : good_store {
    using good_store::good_store;
    store_identity identity() const override {
        return {inner.identity().store, history_id{inner.identity().history.value.child(opened)}};
    }
    void reopen() { ++opened; }
    std::uint64_t opened = 0;
};

struct forgets_ids_when_closed : good_store {
    using good_store::good_store;
    append_result append(const append_request& request) override {
        return inner.append(closed ? without_ids(request) : request);
    }
    void reopen() { closed = true; }
    bool closed = false;
};

struct planted_bug {
    const char* name;
    store_factory make;
    std::vector<std::string_view> guards;  ///< cases that have to fail
};

const std::vector<planted_bug>& planted_bugs() {
    static const std::vector<planted_bug> bugs = {
        {"repairs invalid requests",
         factory<repairs_invalid_requests>(),
         {"invalid: a request without writes stores nothing", "invalid: conditions alone are no request",
          "invalid: a write without events stores nothing of its neighbours",
          "invalid: a stream written twice stores nothing", "invalid: a condition on a written stream stores nothing",
          "invalid: two conditions on one stream store nothing", "invalid: ids on some events only store nothing",
          "invalid: an id given to two events of a stream stores nothing",
          "invalid: an id given to events of two streams stores nothing",
          "invalid: an event whose type has no name stores nothing",
          "invalid: an event whose type has version 0 stores nothing"}},
        {"ignores expectations",
         factory<ignores_expectations>(),
         {"expect no stream: a present stream is refused", "expect a stream: an absent stream is refused",
          "expect a version: a stale one stores nothing",
          "expect a version: one that the stream has not reached stores nothing",
          "expect a version: 0 refuses a present stream", "expect a version: an absent stream is refused"}},
        {"ignores conditions",
         factory<ignores_conditions>(),
         {"condition no stream: a present stream stores nothing", "condition a stream: an absent stream stores nothing",
          "condition a version: a stream that went on stores nothing",
          "threads: a condition holds at the moment of the append"}},
        {"takes a version that is one too great",
         factory<takes_a_version_for_the_least_one>(),
         {"expect a version: one that the stream has not reached stores nothing"}},
        {"appends write by write",
         factory<appends_write_by_write>(),
         {"request: a conflict in a middle write stores nothing of any",
          "request: a conflict in its last write stores nothing of any"}},
        {"reports the last conflict",
         factory<reports_the_last_conflict>(),
         {"request: of several conflicts the first is reported"}},
        {"tells the first position",
         factory<tells_the_first_position>(),
         {"append: the result is the version, position and time of the last event",
          "request: positions run through its writes in their order"}},
        {"loses a number to a refusal",
         factory<loses_a_number_to_a_refusal>(),
         {"expect a version: a stale one stores nothing"}},
        {"checks and appends in two steps",
         factory<checks_and_appends_in_two_steps>(),
         {"threads: of those that expect a version one gets it, and the others learn where the stream is"}},
        {"knows no limits",
         factory<knows_no_limits>(),
         {"limits: a payload of 1 MiB and a byte stores nothing", "limits: metadata of 64 KiB and a byte store nothing",
          "limits: a request of 10,001 events stores nothing", "limits: the events of all writes count",
          "limits: a request of 16 MiB and a byte stores nothing"}},
        {"knows only the default limits",
         factory<knows_only_the_default_limits>(),
         {"limits: a store keeps to those that it was made with"}},

        {"stores repeats twice",
         factory<stores_repeats_twice>(),
         {"repeat: the first result comes back, expecting any version",
          "ids: an event keeps the id that the caller gave",
          "threads: of equal requests with ids one is stored, and all have its result"}},
        {"forgets ids after a while", factory<forgets_ids_after_a_while>(), {"repeat: many appends lie between"}},
        {"looks ids up after the expectation",
         factory<looks_ids_up_after_the_expectation>(),
         {"repeat: the first result comes back, expecting no stream",
          "repeat: the first result comes back, expecting a version", "repeat: it does not matter what is expected now",
          "reused id: it is reported before a conflict"}},
        {"takes a first id for a repeat",
         factory<takes_a_first_id_for_a_repeat>(),
         {"reused id: in another stream nothing is stored", "reused id: with fewer events nothing is stored",
          "reused id: with more events nothing is stored",
          "reused id: with later events in another order nothing is stored",
          "reused id: with another last event nothing is stored"}},
        {"takes part of a request for a repeat",
         factory<takes_part_of_a_request_for_a_repeat>(),
         {"reused id: beside a write that is new nothing is stored",
          "reused id: behind a write that is new nothing is stored"}},
        {"calls a repeat new",
         factory<calls_a_repeat_new>(),
         {"repeat: a single event", "repeat: several writes give the result of the last one"}},
        {"answers a repeat with the head",
         factory<answers_a_repeat_with_the_head>(),
         {"repeat: the first result comes back, expecting any version"}},
        {"remembers refused ids",
         factory<remembers_refused_ids>(),
         {"repeat: a request that was refused left no trace of its ids"}},

        {"keeps ids of its own like the caller's",
         factory<keeps_ids_of_its_own_like_the_callers>(),
         {"find_append: knows nothing of ids that the store gave"}},

        {"loses an event",
         factory<loses_an_event>(),
         {"read: each scope has its events and no others, in order, in both directions",
          "threads: followers see every event once, in order, while it is written",
          "threads: appends to one stream all arrive, once and in order"}},
        {"hands out an event twice",
         factory<hands_out_an_event_twice>(),
         {"read: a long log is handed out whole, one event fewer or more than a number of batches",
          "threads: followers see every event once, in order, while it is written"}},
        {"reads only forward",
         factory<reads_only_forward>(),
         {"read: each scope has its events and no others, in order, in both directions"}},
        {"includes the bound",
         factory<includes_the_bound>(),
         {"read: bounds are exclusive, in every scope and direction",
          "read: pages put together are the whole, for every limit"}},
        {"hands out one too many",
         factory<hands_out_one_too_many>(),
         {"read: a limit is kept to, and at_end says whether anything is left"}},
        {"takes a full page for more to come",
         factory<takes_a_full_page_for_more_to_come>(),
         {"read: a limit is kept to, and at_end says whether anything is left"}},
        {"takes every page for the last",
         factory<takes_every_page_for_the_last>(),
         {"read: pages put together are the whole, for every limit"}},
        {"forgets the bound of an empty page",
         factory<forgets_the_bound_of_an_empty_page>(),
         {"read: bounds are exclusive, in every scope and direction",
          "read: a bound far beyond the log is the log's own end"}},
        {"leaves ids out of a category",
         factory<leaves_ids_out_of_a_category>(),
         {"read: the same event is the same in every scope"}},
        {"ignores types",
         factory<ignores_types>(),
         {"filter: exactly the events that match are handed out, in every scope and both directions",
          "filter: bounds hold beside filters"}},
        {"ignores the version of a type",
         factory<ignores_the_version_of_a_type>(),
         {"filter: exactly the events that match are handed out, in every scope and both directions"}},
        {"ignores the correlation",
         factory<ignores_the_correlation>(),
         {"filter: exactly the events that match are handed out, in every scope and both directions",
          "filter: an event whose metadata is none carries no correlation id"}},
        {"counts what a filter leaves out",
         factory<counts_what_a_filter_leaves_out>(),
         {"filter: a limit counts the events that match"}},
        {"stays at the last match",
         factory<stays_at_the_last_match>(),
         {"filter: what does not match is passed, and never read again from the page's end"}},
        {"passes the next match",
         factory<passes_the_next_match>(),
         {"filter: a limit counts the events that match", "filter: pages put together are the whole, for every limit",
          "filter: a sink that stops gets no further event, and the page ends at the last that it got"}},
        {"does not stop",
         factory<does_not_stop>(),
         {"sink: a stop ends the page at that event, and the rest is read from there"}},
        {"swallows what a sink throws",
         factory<swallows_what_a_sink_throws>(),
         {"sink: what it throws comes out of the read as it is, and harms nothing"}},
        {"holds a lock while a sink runs",
         factory<holds_a_lock_while_a_sink_runs>(),
         {"sink: it may append", "sink: it may append while it reads backward"}},
        {"lends every sink the same buffer",
         factory<lends_every_sink_the_same_buffer>(),
         {"sink: an event's bytes stay as they are until it returns, whatever it does to the store"}},
        {"reads a category by its beginning",
         factory<reads_a_category_by_its_beginning>(),
         {"names: a category is not another one's beginning"}},

        {"cuts a payload at zero",
         factory<changes_events<cut_payload_at_zero>>(),
         {"payload: every byte is kept", "payload: zeros are kept, at both ends too",
          "payload: a single zero is kept"}},
        {"drops metadata",
         factory<changes_events<drop_metadata>>(),
         {"metadata: every byte is kept", "metadata: each event has its own"}},
        {"drops the time of the business",
         factory<changes_events<drop_occurred_at>>(),
         {"occurred_at: one in the past is kept", "occurred_at: one in the future is kept",
          "occurred_at: one before 1970 is kept", "occurred_at: each event has its own, in any order"}},
        {"takes 1970 for no time",
         factory<changes_events<take_1970_for_no_time>>(),
         {"occurred_at: 1970 itself is a time, not the absence of one"}},
        {"cuts times to milliseconds",
         factory<changes_events<cut_to_milliseconds>>(),
         {"occurred_at: one in the past is kept"}},
        {"gives every type version 1",
         factory<changes_events<give_every_type_version_1>>(),
         {"types: each stored type is listed once", "types: an event bears the number of its type"}},
        {"takes upper for lower case",
         factory<changes_names<to_lower_case>>(),
         {"names: upper and lower case are two names"}},
        {"trims names",
         factory<changes_names<trimmed>>(),
         {"names: what means something elsewhere means nothing here", "names: digits are text, not numbers"}},
        {"takes digits for numbers", factory<changes_names<as_number>>(), {"names: digits are text, not numbers"}},
        {"keeps ASCII only",
         factory<changes_names<ascii_only>>(),
         {"names: look-alikes are different names", "names: invisible marks and all lengths of UTF-8 are kept"}},
        {"cuts long names", factory<changes_names<first_200_bytes>>(), {"names: 255 bytes are taken, in both parts"}},
        {"records what the clock says",
         factory<records_what_the_clock_says>(),
         {"recorded_at: it never goes back when the clock does"}},
        {"records each event anew", factory<records_each_event_anew>(), {"recorded_at: a whole request has one time"}},

        {"renumbers types",
         factory<renumbers_types>(),
         {"types: a type keeps its number, and the number its type",
          "threads: types get one number each, whoever asks first"}},
        {"numbers types by name only",
         factory<numbers_types_by_name_only>(),
         {"types: another name or another version is another number"}},
        {"lists types nobody stored",
         factory<lists_types_nobody_stored>(),
         {"types: a type that was never stored has a number too, and is not among the stored ones"}},
        {"has a new identity each time",
         factory<has_a_new_identity_each_time>(),
         {"identity: it stays the same whatever is appended"}},
        {"has everybody's identity", factory<has_everybodys_identity>(), {"identity: two stores have two"}},

        {"forgets everything when closed",
         factory<forgets_everything>(),
         {"reopen: every event is there as it was, in every scope and direction",
          "reopen: versions and positions go on without a hole",
          "reopen: every expectation is held against what was stored", "reopen: the recorded time does not go back"}},
        {"has a new identity when opened",
         factory<has_a_new_identity_when_opened>(),
         {"reopen: identity, head and types are the same", "reopen: an empty store stays empty and the same"}},
        {"forgets ids when closed",
         factory<forgets_ids_when_closed>(),
         {"reopen: a repeated request has its first result", "reopen: a reused id is refused"}},
    };
    return bugs;
}

const contract_case& case_named(std::string_view name) {
    const auto cases = event_store_contract();
    const auto found = std::find_if(cases.begin(), cases.end(), [&](const auto& one) { return one.name == name; });
    if (found == cases.end()) FAIL("no case of the contract is called: ", std::string(name));
    return *found;
}

}  // namespace

TEST_CASE("contract: every case has a name of its own") {
    std::set<std::string_view> names;
    for (const auto& promise : event_store_contract()) {
        CAPTURE(std::string(promise.name));
        CHECK(names.insert(promise.name).second);
    }
}

TEST_CASE("contract: a good store fails no case") {
    CHECK_NOTHROW(testing::run_event_store_contract(factory<good_store>()));
}

TEST_CASE("contract: a store with a planted bug fails the case that guards against it") {
    for (const planted_bug& bug : planted_bugs())
        for (const auto guard : bug.guards) {
            INFO("a store that ", std::string(bug.name), " passes: ", std::string(guard));
            CHECK(testing::failure_of(case_named(guard), bug.make).has_value());
        }
}

TEST_CASE("contract: every case is failed by some store with a planted bug") {
    // A store that keeps a name or a request by reference has no behaviour to test, and no store ever sees a bad name.
    const std::set<std::string_view> beyond_planting = {
        "append: the request may be gone or changed once it returned",
        "types: the name may be gone once the number is given",
        "names: what is no name is refused before it reaches a store",
    };
    for (const contract_case& promise : event_store_contract()) {
        if (beyond_planting.contains(promise.name)) continue;
        CAPTURE(std::string(promise.name));
        CHECK(std::any_of(planted_bugs().begin(), planted_bugs().end(),
                          [&](const planted_bug& bug) { return testing::failure_of(promise, bug.make).has_value(); }));
    }
}

TEST_CASE("contract: the report names every case that failed, and why") {
    std::string report;
    try {
        testing::run_event_store_contract(factory<changes_events<drop_metadata>>());
    } catch (const testing::spec_failure& failure) {
        report = failure.what();
    }
    CAPTURE(report);
    CHECK(report.find("metadata: every byte is kept\n      the metadata: expected \"\\x00\\x01") != std::string::npos);
    CHECK(report.find("metadata: each event has its own\n") != std::string::npos);
    CHECK(report.find("payload: every byte is kept") == std::string::npos);
}

TEST_CASE("contract: a store that throws fails with what it threw") {
    struct throws : good_store {
        using good_store::good_store;
        append_result append(const append_request&) override { throw std::runtime_error("no disk"); }
    };
    const auto failure = testing::failure_of(event_store_contract().front(), factory<throws>());
    REQUIRE(failure.has_value());
    CHECK(*failure == "threw: no disk");
}

TEST_CASE("contract: a factory that makes nothing is told so") {
    const auto failure = testing::failure_of(event_store_contract().front(),
                                             [](const store_parts&) { return std::unique_ptr<opened_store>{}; });
    REQUIRE(failure.has_value());
    CHECK(*failure == "the store factory made no store");
}
